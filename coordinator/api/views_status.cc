#include <algorithm>
#include <map>
#include <string>

#include <boost/json/array.hpp>

#include "common/core/utc.h"
#include "coordinator/act/record.h"
#include "coordinator/api/json_text.h"
#include "coordinator/api/views.h"
#include "coordinator/decide/cost.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

// What the coordinator is doing, in one word; the first that applies.
struct Mood {
  std::string_view name;
  std::string reason;
};

Mood mood(const Sight& sight) {
  const model::Fleet& fleet = sight.controller.fleet();
  if (fleet.superseded()) {
    return {"superseded", "agents have obeyed a coordinator of epoch " +
                              std::to_string(fleet.highest_epoch_met()) + ", ours is " +
                              std::to_string(fleet.epoch()) + "; see `edgeherd takeover`"};
  }
  if (fleet.read_only()) return {"read_only", fleet.read_only_reason()};
  if (fleet.paused()) return {"paused", fleet.pause_reason()};
  if (!sight.controller.status().commit_failure.empty()) {
    return {"store_failing", sight.controller.status().commit_failure};
  }
  if (sight.controller.policy().shadow) {
    return {"shadow", "everything is decided and recorded, nothing is done"};
  }
  return {"acting", ""};
}

json::object nodes(const Sight& sight) {
  json::object states;
  for (int i = 0; i <= static_cast<int>(model::NodeState::terminating); ++i) {
    states[to_string(static_cast<model::NodeState>(i))] = 0;
  }
  json::object verdicts;
  for (int i = 0; i <= static_cast<int>(model::Verdict::unknown); ++i) {
    verdicts[to_string(static_cast<model::Verdict>(i))] = 0;
  }
  std::int64_t held = 0;
  for (const auto& [id, node] : sight.controller.fleet().nodes()) {
    auto& slot = states[to_string(node.state)];
    slot = slot.is_int64() ? slot.as_int64() + 1 : 1;
    if (node.held) ++held;
    if (node.state != model::NodeState::in_service) continue;
    auto& verdict = verdicts[to_string(node.verdict)];
    verdict = verdict.as_int64() + 1;
  }
  json::object result;
  result["total"] = sight.controller.fleet().nodes().size();
  result["by_state"] = std::move(states);
  result["in_service_by_verdict"] = std::move(verdicts);
  result["held"] = held;
  return result;
}

json::array strangers(const model::Fleet& fleet, const model::Account& account) {
  json::array result;
  for (const model::Vm& vm : account.strangers) {
    const model::Node* known = model::node_of_stranger(fleet, vm);
    json::object entry;
    entry["is_node"] = known == nullptr ? json::value(nullptr) : json::value(known->id.str());
    entry["vm"] = vm.id.str();
    entry["node"] = text_or_null(vm.node.str());
    entry["place"] = text_or_null(vm.place);
    entry["address"] = text_or_null(vm.address);
    entry["created_at"] =
        vm.created == WallTime{} ? json::value(nullptr) : json::value(utc_text(vm.created));
    result.push_back(std::move(entry));
  }
  return result;
}

// Launches of which nobody knows whether they made a server: asked for and not clearly answered, by
// the process before this one, or given up since. A complete list will tell.
int creations_unclear(const model::Fleet& fleet, const ProviderId& account) {
  return static_cast<int>(std::ranges::count_if(fleet.nodes(), [&](const auto& entry) {
    const model::Node& node = entry.second;
    if (node.provider != account || !node.vm.empty()) return false;
    if (node.state == model::NodeState::terminating) return true;
    return node.state == model::NodeState::requested && node.call == model::Call::none;
  }));
}

json::array accounts(const Sight& sight, const act::ControllerStatus& status) {
  json::array result;
  for (const auto& [id, account] : status.accounts) {
    const model::Account& seen = sight.controller.fleet().account(id);
    json::object entry;
    entry["provider"] = id.str();
    entry["listed_age_s"] = age_value(account.listed_at, sight.now);
    entry["failure"] =
        text_or_null(account.inventory_failure.empty() ? account.executor.last_failure
                                                       : account.inventory_failure);
    entry["breaker"] = to_string(account.executor.breaker);
    entry["calls_waiting"] = account.executor.waiting;
    entry["calls_running"] = account.executor.running;
    entry["calls_hung"] = account.executor.hung;
    entry["creations_unclear"] = creations_unclear(sight.controller.fleet(), id);
    entry["foreign_servers"] = seen.foreign.size();
    entry["strangers"] = strangers(sight.controller.fleet(), seen);
    result.push_back(std::move(entry));
  }
  return result;
}

json::array notify(const Sight& sight) {
  json::array result;
  for (const web::NotifyTarget& target : sight.notify) {
    json::object entry;
    entry["target"] = target.name;
    entry["waiting"] = target.waiting;
    entry["lost"] = target.lost;
    entry["failure"] = text_or_null(target.last_failure);
    result.push_back(std::move(entry));
  }
  return result;
}

json::object config(const Sight& sight) {
  const auto texts = [](const std::vector<std::string>& lines) {
    json::array result;
    for (const std::string& line : lines) result.emplace_back(line);
    return result;
  };
  json::object result;
  result["path"] = sight.config.path;
  result["digest"] = sight.config.digest;
  result["loaded_at"] = utc_text(sight.config.loaded_at);
  result["problems"] = texts(sight.config.problems);
  result["warnings"] = texts(sight.config.warnings);
  return result;
}

}  // namespace

json::object status_view(const Sight& sight) {
  const model::Fleet& fleet = sight.controller.fleet();
  const act::ControllerStatus status = sight.controller.status();
  const Mood now = mood(sight);
  json::object result;
  result["schema"] = 1;
  result["fleet"] = sight.controller.policy().fleet_id;
  result["version"] = EDGEHERD_VERSION;
  result["at"] = utc_text(sight.wall);
  result["state"] = now.name;
  result["reason"] = text_or_null(now.reason);
  result["shadow"] = sight.controller.policy().shadow;
  result["epoch"] = fleet.epoch();
  result["up_s"] = age_value(fleet.started_at(), sight.now);
  result["last_tick_age_s"] = age_value(sight.controller.last_tick(), sight.now);
  result["nodes"] = nodes(sight);
  result["accounts"] = accounts(sight, status);
  result["cost_per_hour"] = act::price_json(decide::cost_of(fleet, sight.controller.policy()));
  result["budget_per_hour"] = act::price_json(sight.controller.policy().budgets.per_hour);
  result["names_failure"] = text_or_null(status.names.last_failure);
  std::map<std::string, std::int64_t> brakes;
  for (const decide::Withheld& held : sight.controller.last_plan().withheld) {
    ++brakes[std::string(to_string(held.brake))];
  }
  json::object withheld;
  for (const auto& [brake, count] : brakes) withheld[brake] = count;
  result["withheld"] = std::move(withheld);
  result["notify"] = notify(sight);
  result["config"] = config(sight);
  return result;
}

json::object event_view(const act::EventRecord& record) {
  json::object result;
  result["number"] = record.number;
  result["at"] = utc_text(record.at);
  result["at_ms"] = unix_millis(record.at);
  result["severity"] = to_string(record.note.severity);
  result["code"] = record.note.code;
  result["text"] = record.note.text;
  result["node"] = text_or_null(record.note.node.str());
  result["zone"] = text_or_null(record.note.zone.str());
  return result;
}

json::object preview_view(const act::TerminationPreview& preview) {
  json::array lines;
  for (const auto& line : preview.lines) {
    json::object entry;
    entry["node"] = line.node.str();
    entry["zone"] = line.zone.str();
    entry["state"] = to_string(line.state);
    entry["note"] = text_or_null(line.note);
    lines.push_back(std::move(entry));
  }
  json::array warnings;
  for (const std::string& warning : preview.warnings) warnings.emplace_back(warning);
  json::object result;
  result["schema"] = 1;
  result["nodes"] = std::move(lines);
  result["warnings"] = std::move(warnings);
  return result;
}

}  // namespace edgeherd::api
