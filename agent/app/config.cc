#include "agent/app/config.h"

namespace edgeherd::agent {

std::vector<CheckSpec> default_checks(const AgentConfig& config) {
  constexpr double least_free_percent = 5;
  std::vector<CheckSpec> checks;
  if (!config.edge_ports.empty()) {
    HttpCheck edge;
    const auto& own = config.edge_address;
    const auto host = own.empty()                          ? std::string("127.0.0.1")
                      : own.find(':') == std::string::npos ? own
                                                           : "[" + own + "]";
    edge.url = "http://" + host + ":" + std::to_string(config.edge_ports.front()) + "/";
    checks.push_back({"edge", edge, 5s, 1s});
  }
  std::string path = config.state_dir;
  if (const auto slash = config.access_log.rfind('/'); slash != std::string::npos) {
    path = slash == 0 ? "/" : config.access_log.substr(0, slash);
  }
  checks.push_back({"disk_free", DiskFreeCheck{path, least_free_percent, 0}, 10s, 1s});
  return checks;
}

Status validate(const AgentConfig& config) {
  if (!config.listen.is_loopback() && config.probe_token.empty()) {
    return fail(Errc::invalid,
                "\"listen\": " + config.listen.host +
                    " can be reached from outside, which wants a \"probe_token\" (the health page "
                    "is private; 127.0.0.1 needs none)");
  }
  if (!config.coordinators.empty() && config.node.empty()) {
    return fail(Errc::invalid,
                "\"node\" is missing: a coordinator wants to know it (usually from the user data)");
  }
  if (!config.coordinators.empty() && config.access_log.empty()) {
    return fail(
        Errc::invalid,
        "\"access_log\" is missing: without it there are no requests to measure or to store");
  }
  if (!config.coordinators.empty() && config.hooks.reopen_logs.empty()) {
    return fail(Errc::invalid,
                "\"hooks\": \"reopen_logs\" is missing: nginx would go on writing to the log that "
                "was rotated, and its lines would be lost");
  }
  return {};
}

}  // namespace edgeherd::agent
