// What a name of the DNS may be, and which ports may stand beside each other.
#include <vector>

#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

// One port that the coordinator listens on, and the key that says so.
struct Port {
  std::string_view section;  // empty: the file itself
  std::string_view key;
  std::string address;
  std::uint16_t number;
};

std::string title(const Port& port) {
  const std::string key(port.key);
  return port.section.empty() ? "\"" + key + "\""
                              : "\"" + std::string(port.section) + "." + key + "\"";
}

bool overlap(const Port& a, const Port& b) {
  const auto any = [](const std::string& text) { return http::ListenAddress{text}.is_any(); };
  const bool same = a.address == b.address || any(a.address) || any(b.address);
  return same && a.number == b.number && a.number != 0;  // 0: the system chooses
}

const config::Value* value_of(const config::Value& around, std::string_view key) {
  if (around.object() == nullptr) return nullptr;
  for (const config::Member& member : *around.object()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

// Null for a port that nobody wrote down: the default.
const config::Value* written(const config::Value& file, const Port& port) {
  const config::Value* around = port.section.empty() ? &file : value_of(file, port.section);
  return around == nullptr ? nullptr : value_of(*around, port.key);
}

}  // namespace

bool is_dns_name(const std::string& name) {
  constexpr std::size_t longest_name = 253;
  constexpr std::size_t longest_label = 63;
  if (name.size() > longest_name) return false;
  std::size_t label = 0;
  char before = '.';
  for (const char c : name + ".") {
    if (c == '.') {
      if (label == 0 || label > longest_label || before == '-') return false;
      label = 0;
    } else {
      const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alnum && c != '_' && (c != '-' || label == 0)) return false;
      ++label;
    }
    before = c;
  }
  return true;
}

void check_ports(const config::Value& value, const Settings& settings, config::Problems& problems) {
  const Agents& agents = settings.agents;
  std::vector<Port> ports{{"", "listen", settings.api.listen.host, settings.api.listen.port},
                          {"agents", "fleet_port", agents.address, agents.fleet_port},
                          {"agents", "enroll_port", agents.address, agents.enroll_port}};
  if (const auto& own = settings.archive.listen) {
    ports.push_back({"archive", "listen", own->host, own->port});
  }
  for (std::size_t b = 1; b < ports.size(); ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      if (!overlap(ports[a], ports[b])) continue;
      const config::Value* later = written(value, ports[b]);
      const Port& at = later != nullptr ? ports[b] : ports[a];
      const Port& other = later != nullptr ? ports[a] : ports[b];
      const config::Value* where = written(value, at);
      problems.add(where == nullptr ? value.at : where->at,
                   title(at) + ": port " + std::to_string(at.number) + " is that of " +
                       title(other) + " as well");
    }
  }
}

}  // namespace edgeherd::settings
