#include <algorithm>
#include <set>

#include "common/net/descriptor_limit.h"
#include "coordinator/app/convert.h"
#include "coordinator/app/parts.h"
#include "coordinator/notify/carriers.h"

namespace edgeherd::app {

namespace {

std::vector<model::Node> nodes_of(const act::Controller& controller) {
  std::vector<model::Node> nodes;
  for (const auto& [id, node] : controller.fleet().nodes()) nodes.push_back(node);
  return nodes;
}

}  // namespace

model::Policy App::Parts::effective_policy(const settings::Settings& from,
                                           const std::vector<model::Node>& nodes,
                                           std::vector<std::string>& warnings) const {
  model::Policy policy = from.policy;
  const model::Policy before = controller ? controller->policy() : settings.policy;
  for (std::string& warning : keep_inhabited(before, nodes, policy)) {
    warnings.push_back(std::move(warning));
  }
  return policy;
}

notify::Outbox::Deliver App::Parts::carrier(const settings::Notify& target) {
  if (target.kind == settings::NotifyKind::exec) {
    return notify::program(loop.io(), loop, {target.argv, target.deadline});
  }
  return notify::webhook(*client, loop.clock(),
                         {target.url, target.headers, target.secret, target.deadline});
}

// What waits for a target is for whoever reads it, wherever that is by now.
void App::Parts::set_notify_targets(const settings::Settings& from) {
  std::vector<notify::FanOut::Target> before = targets.take();
  std::vector<notify::FanOut::Target> now;
  for (const settings::Notify& target : from.notify) {
    notify::OutboxRules rules;
    rules.min_severity = target.min_severity;
    rules.repeat_after = target.repeat_after;
    const auto known = std::ranges::find(before, target.name, &notify::FanOut::Target::name);
    if (known == before.end()) {
      now.push_back({target.name, std::make_unique<notify::Outbox>(
                                      loop, random, from.policy.fleet_id, rules, carrier(target))});
      continue;
    }
    const bool same = std::ranges::find(settings.notify, target) != settings.notify.end();
    if (!same) known->outbox->change(rules, carrier(target));
    now.push_back(std::move(*known));
    before.erase(known);
  }
  for (const notify::FanOut::Target& gone : before) {
    const std::size_t waiting = gone.outbox->counters().waiting;
    if (waiting == 0) continue;
    telemetry::warning("notify", "target " + gone.name + " is not configured any more: " +
                                     std::to_string(waiting) + " messages for it are dropped");
  }
  targets.set(std::move(now));
}

api::ConfigOutcome App::Parts::check_config() {
  settings::Loaded loaded = settings::load(config_path, *files, known_types());
  return check_loaded(loaded);
}

// Everything that can refuse it: a reload takes effect as a whole or not at all.
api::ConfigOutcome App::Parts::check_loaded(settings::Loaded& loaded) {
  api::ConfigOutcome outcome{std::move(loaded.problems), std::move(loaded.warnings)};
  if (!loaded.settings) return outcome;
  for (std::string& line : must_stay(settings, *loaded.settings)) {
    outcome.problems.push_back(std::move(line));
  }
  for (std::string& line : needs_restart(settings, *loaded.settings)) {
    outcome.warnings.push_back(std::move(line));
  }
  std::set<ProviderId> to_come;
  Waiting waiting{!same_service(settings.dns, loaded.settings->dns), {}};
  for (const settings::Provider& from : loaded.settings->providers) {
    to_come.insert(from.id);
    const auto made = made_from.find(from.id);
    if (made == made_from.end()) continue;
    if (auto line = provider_needs_restart(made->second, from)) {
      waiting.providers.insert(from.id);
      outcome.warnings.push_back(*line);
    }
  }
  const model::Policy policy =
      effective_policy(*loaded.settings, nodes_of(*controller), outcome.warnings);
  if (const Status room = net::check_descriptors(most_connections(policy)); !room) {
    outcome.problems.push_back(loaded.settings->path +
                               ": \"fleet_ceiling\": " + room.error().message);
  }
  if (const Status sound = controller->check_policy(policy, to_come); !sound) {
    outcome.problems.push_back(loaded.settings->path + ": " + sound.error().message);
    return outcome;
  }
  for (const std::string& line : ahead_of_start(controller->policy(), policy, waiting)) {
    outcome.problems.push_back(loaded.settings->path + ": " + line);
  }
  return outcome;
}

// SIGHUP has nobody to answer to: the log, the events and the notification targets are told.
void App::Parts::tell_refused(const std::vector<std::string>& problems) {
  for (const std::string& line : problems) telemetry::error("config", line);
  tell("config_refused", "the running configuration stays, the new one has " +
                             std::to_string(problems.size()) +
                             (problems.size() == 1 ? " problem" : " problems") +
                             (problems.empty() ? "" : "; the first: " + problems.front()));
}

void App::Parts::tell(std::string code, std::string text) {
  act::EventRecord record;
  record.at = loop.clock().wall();
  record.note = {model::Severity::warning, std::move(code), std::move(text), NodeId(), ZoneId()};
  targets.notify(record);
  history->append(std::move(record));
}

api::ConfigOutcome App::Parts::reload_config() {
  settings::Loaded loaded = settings::load(config_path, *files, known_types());
  api::ConfigOutcome outcome = check_loaded(loaded);
  config.problems = outcome.problems;
  if (!outcome.problems.empty() || !loaded.settings) {
    tell_refused(outcome.problems);
    return outcome;
  }
  Status set = net::ensure_descriptors(most_connections(loaded.settings->policy));
  if (set) {
    // Accounts first: a policy may only name zones of accounts that are there.
    take_over_providers(loaded.settings->providers);
    std::vector<std::string> said;  // check_loaded() has said it already
    set = controller->set_policy(effective_policy(*loaded.settings, nodes_of(*controller), said));
  }
  if (!set) {
    outcome.problems.push_back(set.error().message);
    config.problems = outcome.problems;
    tell_refused(outcome.problems);
    return outcome;
  }
  take_over(std::move(*loaded.settings));
  config.warnings = outcome.warnings;
  for (const std::string& line : outcome.warnings) telemetry::warning("config", line);
  telemetry::info("config", "reloaded " + config.path);
  return outcome;
}

void App::Parts::take_over_providers(const std::vector<settings::Provider>& loaded) {
  for (const settings::Provider& from : loaded) {
    const auto made = made_from.find(from.id);
    if (made == made_from.end()) {
      add_provider(from);
      controller->add_account(from.id, {providers[from.id].get(), executor_limits(from)});
    } else if (made->second.type == from.type) {
      update_provider(*providers[from.id], from);
    }
    controller->set_limits(from.id, executor_limits(from));
  }
}

// What only a start changes keeps its old value, so that the next reload still tells it apart.
void App::Parts::take_over(settings::Settings loaded) {
  // Zones that are only kept for their nodes are shown and probed as before.
  auto facts = zone_facts(loaded);
  auto asked = probe_settings(loaded);
  keep_known(zones, controller->policy(), facts);
  keep_known(probes, controller->policy(), asked);
  zones = std::move(facts);
  probes = std::move(asked);
  api->set_access(api_access(loaded.api.tokens, settings.api.listen));
  set_notify_targets(loaded);
  settings.policy = std::move(loaded.policy);
  settings.notify = std::move(loaded.notify);
  settings.providers = std::move(loaded.providers);
  settings.zones = std::move(loaded.zones);
  settings.api.tokens = std::move(loaded.api.tokens);
  settings.digest = loaded.digest;
  config.digest = loaded.digest;
  config.loaded_at = loop.clock().wall();
}

}  // namespace edgeherd::app
