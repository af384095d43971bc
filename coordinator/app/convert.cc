#include "coordinator/app/convert.h"

#include <algorithm>
#include <tuple>

#include "common/http/server.h"
#include "coordinator/app/registry.h"
#include "coordinator/observe/gateway.h"

namespace edgeherd::app {

std::map<ZoneId, observe::ProbeSettings> probe_settings(const settings::Settings& from) {
  std::map<ZoneId, observe::ProbeSettings> result;
  for (const auto& [id, zone] : from.zones) {
    const settings::Probe& probe = zone.probe;
    result[id] = {probe.health_port,
                  probe.edge_port,
                  probe.edge_path,
                  probe.edge_host,
                  probe.edge_body,
                  probe.health_tls == settings::HealthTls::on ? observe::PageTransport::https
                                                              : observe::PageTransport::http};
  }
  return result;
}

std::map<ZoneId, web::ZoneFacts> zone_facts(const settings::Settings& from) {
  std::map<ZoneId, web::ZoneFacts> result;
  for (const auto& [id, zone] : from.zones) result[id] = {zone.region_name, zone.probe.edge_port};
  return result;
}

api::Access api_access(const std::vector<settings::ApiToken>& tokens,
                       const http::ListenAddress& bound) {
  std::vector<api::Token> known;
  for (const settings::ApiToken& token : tokens) {
    const api::Role role =
        token.role == settings::ApiRole::operator_ ? api::Role::operator_ : api::Role::viewer;
    known.push_back({token.name, role, token.sha256_hex});
  }
  return api::Access(std::move(known),
                     bound.is_loopback() ? api::Reach::this_machine : api::Reach::network);
}

act::ExecutorLimits executor_limits(const settings::Provider& from) {
  act::ExecutorLimits limits;
  limits.concurrency = static_cast<std::size_t>(from.concurrency);
  limits.calls_per_s = from.calls_per_s;
  limits.hung_most = from.hung_call_limit;
  return limits;
}

std::vector<std::string> keep_inhabited(const model::Policy& before,
                                        const std::vector<model::Node>& nodes,
                                        model::Policy& policy) {
  std::map<ZoneId, int> inhabited;
  std::map<ZoneId, ProviderId> providers;
  for (const model::Node& node : nodes) {
    if (node.state == model::NodeState::gone || policy.zone(node.zone) != nullptr) continue;
    ++inhabited[node.zone];
    providers[node.zone] = node.provider;
  }
  std::vector<std::string> warnings;
  for (const auto& [id, count] : inhabited) {
    model::ZonePolicy zone;
    if (const model::ZonePolicy* known = before.zone(id)) {
      zone = *known;
    } else {
      zone.id = id;
      zone.provider = providers[id];
      zone.place = id.str().substr(id.str().find('/') + 1);
    }
    zone.activity = model::ZoneActivity::inactive;
    policy.zones.emplace(id, std::move(zone));
    warnings.push_back("zone " + id.str() + " is not configured any more, but has " +
                       std::to_string(count) +
                       " nodes: it is kept as inactive; they leave after `edgeherd config apply`");
  }
  return warnings;
}

std::vector<std::string> must_stay(const settings::Settings& running,
                                   const settings::Settings& loaded) {
  std::vector<std::string> problems;
  if (loaded.policy.fleet_id != running.policy.fleet_id) {
    problems.push_back(loaded.path +
                       ": \"fleet_id\" cannot change while it runs: it is the tag of every server "
                       "(it is \"" +
                       running.policy.fleet_id + "\")");
  }
  // The listener stays until the next start, whatever "listen" says by now.
  if (loaded.api.tokens.empty() && !running.api.listen.is_loopback()) {
    problems.push_back(loaded.path + ": \"tokens\" cannot go while it runs: the API listens on " +
                       running.api.listen.host +
                       " until the next start, and beyond loopback it needs them");
  }
  return problems;
}

std::vector<std::string> needs_restart(const settings::Settings& running,
                                       const settings::Settings& loaded) {
  std::vector<std::string> changed;
  const auto compare = [&](std::string_view key, bool same) {
    if (!same) changed.push_back("\"" + std::string(key) + "\" takes effect at the next start");
  };
  const auto& a = running;
  const auto& b = loaded;
  compare("state_dir", a.state_dir == b.state_dir);
  compare("log_level", a.log_level == b.log_level);
  compare("listen", a.api.listen == b.api.listen);
  compare("open_reads", a.api.open_reads == b.api.open_reads);
  compare("tls", a.api.tls.has_value() == b.api.tls.has_value() &&
                     (!a.api.tls || (a.api.tls->certificate == b.api.tls->certificate &&
                                     a.api.tls->key == b.api.tls->key)));
  compare("agents", a.agents.address == b.agents.address &&
                        a.agents.fleet_port == b.agents.fleet_port &&
                        a.agents.enroll_port == b.agents.enroll_port &&
                        a.agents.advertise == b.agents.advertise &&
                        a.agents.enrolment_key_file == b.agents.enrolment_key_file &&
                        a.agents.server_key_file == b.agents.server_key_file);
  compare("archive", a.archive.url == b.archive.url && a.archive.listen == b.archive.listen &&
                         a.archive.public_url == b.archive.public_url &&
                         a.archive.credentials_file == b.archive.credentials_file &&
                         a.archive.profile == b.archive.profile);
  compare("dns", same_service(a.dns, b.dns));
  compare("history", a.history == b.history);
  return changed;
}

namespace {

std::vector<std::string> names_of(const model::ZonePolicy& zone) {
  std::vector<std::string> names;
  for (const model::NameKey& key : model::shared_names(zone)) names.push_back(to_string(key));
  if (!zone.node_dns_name.empty()) names.push_back(zone.node_dns_name);
  return names;
}

// What tells one kind of server from another where it is launched.
std::vector<std::tuple<std::string, std::string, std::string>> kinds_of(
    const model::ZonePolicy& zone) {
  std::vector<std::tuple<std::string, std::string, std::string>> kinds;
  for (const model::PlacementPolicy& one : model::placements_of(zone)) {
    kinds.emplace_back(one.place, one.size, model::made_of(one.image, one.image_version, &zone));
  }
  return kinds;
}

// Whether `now` has something of `of` that `before` lacks.
template <class Of>
bool has_new(const model::ZonePolicy* before, const model::ZonePolicy& now, const Of& of) {
  const auto known = before == nullptr ? decltype(of(now)){} : of(*before);
  return std::ranges::any_of(
      of(now), [&](const auto& one) { return std::ranges::find(known, one) == known.end(); });
}

}  // namespace

std::vector<std::string> ahead_of_start(const model::Policy& running, const model::Policy& loaded,
                                        const Waiting& waiting) {
  std::vector<std::string> problems;
  bool dns_told = !waiting.dns;
  std::set<ProviderId> untold = waiting.providers;
  for (const auto& [id, zone] : loaded.zones) {
    const model::ZonePolicy* before = running.zone(id);
    if (!dns_told && has_new(before, zone, names_of)) {
      problems.push_back("\"dns\" takes effect at the next start, but the new names of zone " +
                         id.str() +
                         " would go to the service of before at once: restart the coordinator");
      dns_told = true;
    }
    if (untold.contains(zone.provider) && has_new(before, zone, kinds_of)) {
      problems.push_back("provider " + zone.provider.str() +
                         ": its type or options take effect at the next start, but what zone " +
                         id.str() +
                         " launches would be asked of the one of before at once: restart the "
                         "coordinator");
      untold.erase(zone.provider);
    }
  }
  return problems;
}

int most_agents(const model::Policy& policy) {
  return policy.budgets.fleet_ceiling + policy.budgets.fleet_ceiling / 4 + 100;
}

std::uint64_t most_connections(const model::Policy& policy) {
  constexpr std::size_t servers = 2;  // the API's, and the archive's
  return static_cast<std::uint64_t>(most_agents(policy)) +
         static_cast<std::uint64_t>(observe::GatewayOptions{}.enroll_connections) +
         observe::Prober::max_in_flight + idle_probes + servers * http::ServerLimits{}.connections;
}

std::string tcp_endpoint(const std::string& host, std::uint16_t port) {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return "tcp://" + name + ":" + std::to_string(port);
}

}  // namespace edgeherd::app
