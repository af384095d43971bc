// From settings to what the parts take, and what only a reload has to decide. Pure. Thread: any.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/http/listen_address.h"
#include "coordinator/act/controller.h"
#include "coordinator/api/access.h"
#include "coordinator/observe/prober.h"
#include "coordinator/settings/settings.h"
#include "coordinator/web/sight.h"

namespace edgeherd::app {

[[nodiscard]] std::map<ZoneId, observe::ProbeSettings> probe_settings(
    const settings::Settings& from);
[[nodiscard]] std::map<ZoneId, web::ZoneFacts> zone_facts(const settings::Settings& from);
// What is known of zones that `policy` still holds, but the configuration does not: as `before`. A
// zone that was not known then stays unknown: nothing is guessed.
template <class Known>
void keep_known(const std::map<ZoneId, Known>& before, const model::Policy& policy,
                std::map<ZoneId, Known>& now) {
  for (const auto& [id, zone] : policy.zones) {
    if (const auto known = before.find(id); known != before.end()) now.insert(*known);
  }
}

// `bound` is where the server listens: a reload changes the tokens, not that.
[[nodiscard]] api::Access api_access(const std::vector<settings::ApiToken>& tokens,
                                     const http::ListenAddress& bound);
[[nodiscard]] act::ExecutorLimits executor_limits(const settings::Provider& from);

// A zone that is no longer configured, but has nodes, stays as an inactive one: its nodes leave
// after confirmation, like those of any inactive zone. Adds such zones to `policy`, and says so.
// `before` gives what they were; a zone unknown there too is made of its nodes.
[[nodiscard]] std::vector<std::string> keep_inhabited(const model::Policy& before,
                                                      const std::vector<model::Node>& nodes,
                                                      model::Policy& policy);

// What must not change while the coordinator runs: one line each.
[[nodiscard]] std::vector<std::string> must_stay(const settings::Settings& running,
                                                 const settings::Settings& loaded);

// What the new settings change that only a start can bring into effect: one line each.
[[nodiscard]] std::vector<std::string> needs_restart(const settings::Settings& running,
                                                     const settings::Settings& loaded);

// What waits for the next start though the files say otherwise by now.
struct Waiting {
  bool dns = false;                // the service
  std::set<ProviderId> providers;  // the type or the options of these accounts
};

// What the policy that is to run would ask of the services that wait, in words that were written
// for those of the next start: new names, and servers of another kind. One line for each service.
[[nodiscard]] std::vector<std::string> ahead_of_start(const model::Policy& running,
                                                      const model::Policy& loaded,
                                                      const Waiting& waiting);

// Agents that may be connected at once: some of servers beyond the ceiling, which leave or are not
// ours any more.
[[nodiscard]] int most_agents(const model::Policy& policy);
// Connections of all kinds that this policy may bring: open files are reserved for them.
[[nodiscard]] std::uint64_t most_connections(const model::Policy& policy);
inline constexpr std::size_t idle_probes = 256;  // connections kept between two probes

// "tcp://host:port", with brackets around an IPv6 address.
[[nodiscard]] std::string tcp_endpoint(const std::string& host, std::uint16_t port);

}  // namespace edgeherd::app
