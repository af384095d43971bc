#include <algorithm>
#include <string>

#include <boost/json/array.hpp>

#include "coordinator/act/record.h"
#include "coordinator/api/json_text.h"
#include "coordinator/api/views.h"
#include "coordinator/decide/cost.h"
#include "coordinator/decide/lifecycle.h"
#include "coordinator/model/named_still.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

json::array flags(const model::Node& node) {
  json::array result;
  if (node.cordoned) result.emplace_back("cordoned");
  if (node.is_protected) result.emplace_back("protected");
  if (node.quarantined) result.emplace_back("quarantined");
  if (node.held) result.emplace_back("held");
  if (node.skip_flush) result.emplace_back("logs_given_up");
  if (node.asked_out && !is_leaving(node)) result.emplace_back("asked_out");
  if (node.drop_now) result.emplace_back("drop_now");
  return result;
}

json::array texts(const std::vector<std::string>& values) {
  json::array result;
  for (const std::string& value : values) result.emplace_back(value);
  return result;
}

std::string_view name(model::Call call) {
  switch (call) {
    case model::Call::none:
      return "";
    case model::Call::create:
      return "create";
    case model::Call::destroy:
      return "destroy";
    case model::Call::reboot:
      return "reboot";
    case model::Call::check_archive:
      return "check_archive";
  }
  return "";
}

std::string_view name(model::Power power) {
  switch (power) {
    case model::Power::starting:
      return "starting";
    case model::Power::running:
      return "running";
    case model::Power::stopped:
      return "stopped";
    case model::Power::unknown:
      return "unknown";
  }
  return "unknown";
}

json::object probe(const model::ProbeView& view, MonoTime now) {
  json::object result;
  result["asked_age_s"] = age_value(view.asked_at, now);
  result["good"] = view.asked_at ? json::value(view.good) : json::value(nullptr);
  result["good_in_a_row"] = view.good_in_a_row;
  result["failure"] = text_or_null(view.failure);
  return result;
}

json::object agent(const model::Node& node, MonoTime now) {
  const model::AgentView& view = node.agent;
  json::object result;
  result["enrolled"] = !node.key.empty();
  result["heard_age_s"] = age_value(view.heard_at, now);
  result["ready"] = view.heard_at ? json::value(view.ready) : json::value(nullptr);
  result["failing"] = texts(view.failing);
  result["boot_id"] = text_or_null(view.boot_id);
  result["image_version"] = text_or_null(view.image_version);
  result["config_digest"] = text_or_null(view.config_digest);
  result["drain_state"] = text_or_null(view.drain_state);
  result["highest_epoch"] = view.highest_epoch;
  result["spool_segments"] = view.spool_segments;
  result["log_lines_lost"] = view.log_lines_lost;
  return result;
}

// A brake, if one holds its next step back; else what that step waits for.
json::value waits_for(const Sight& sight, const model::Node& node) {
  for (const decide::Withheld& held : sight.controller.last_plan().withheld) {
    if (held.action.node != node.id) continue;
    return json::value(std::string(to_string(held.brake)) + ": " + held.text);
  }
  const model::Fleet& fleet = sight.controller.fleet();
  const auto held = std::count_if(fleet.nodes().begin(), fleet.nodes().end(), [&](const auto& n) {
    return n.second.zone == node.zone && n.second.held;
  });
  const auto waits =
      decide::waits_for(node, fleet, sight.controller.policy(), static_cast<int>(held), sight.now);
  return waits ? json::value(*waits) : json::value(nullptr);
}

json::object leaving(const Sight& sight, const model::Node& node) {
  const MonoTime now = sight.now;
  const model::Leaving& way = node.leaving;
  json::object result;
  result["waits_for"] = waits_for(sight, node);
  result["cause"] = to_string(node.cause);
  result["text"] = text_or_null(node.cause_text);
  result["name_gone_age_s"] = age_value(way.name_gone_at, now);
  const auto named = model::named_still(node, sight.controller.fleet().zone(node.zone),
                                        sight.controller.policy().zone(node.zone), now);
  result["named_still"] = named ? json::value(*named) : json::value(nullptr);
  result["command_sent_age_s"] = age_value(way.command_sent_at, now);
  result["command_done"] = way.command_done;
  result["command_failure"] = text_or_null(way.command_failure);
  result["archive_checked"] = way.archive_checked;
  result["archive_failure"] = text_or_null(way.archive_failure);
  result["reboots"] = way.reboots;
  return result;
}

json::object stored_logs(const act::StoredLogs& stored) {
  json::object result;
  result["segments"] = stored.segments;
  result["lines"] = stored.lines;
  result["bytes"] = stored.bytes;
  return result;
}

}  // namespace

json::object node_view(const Sight& sight, const model::Node& node) {
  const model::Rates& rates = node.load.rates();
  json::object result;
  result["id"] = node.id.str();
  result["zone"] = node.zone.str();
  result["provider"] = node.provider.str();
  result["state"] = to_string(node.state);
  result["state_age_s"] = seconds_value(sight.now - node.state_since);
  result["age_s"] = seconds_value(sight.now - node.requested_at);
  result["verdict"] = to_string(node.verdict);
  result["verdict_reason"] = text_or_null(node.verdict_reason);
  result["flags"] = flags(node);
  result["address"] = text_or_null(node.address);
  result["private_address"] = text_or_null(node.private_address);
  result["vm"] = text_or_null(node.vm.str());
  result["image"] = text_or_null(node.image.str());
  result["size"] = text_or_null(node.size);
  result["place"] = text_or_null(node.place);
  result["price_per_hour"] =
      act::price_json(decide::price_of(node, sight.controller.policy().zone(node.zone)));
  result["spilled_for"] = text_or_null(node.spilled_for.str());
  result["requests_per_s"] = or_null(rates.requests_per_s);
  result["cpu"] = or_null(rates.cpu);
  result["egress_bits_per_s"] = or_null(rates.egress_bits_per_s);
  result["disk_busy"] = or_null(rates.disk_busy);
  result["connections"] = or_null(rates.connections);
  result["sample_age_s"] = age_value(node.load.sampled_at(), sight.now);
  result["cause"] =
      node.cause == model::Cause::none ? json::value(nullptr) : json::value(to_string(node.cause));
  return result;
}

json::object node_detail(const Sight& sight, const model::Node& node) {
  json::object result = node_view(sight, node);
  result["schema"] = 1;
  result["origin"] = node.origin == model::Origin::launched ? "launched" : "adopted";
  result["power"] = name(node.power);
  result["listed_age_s"] = age_value(node.listed_at, sight.now);
  result["missing_listings"] = node.missing_listings;
  result["call"] = text_or_null(std::string(name(node.call)));
  result["call_failure"] = text_or_null(node.call_failure);
  result["bad_seconds"] = node.bad_seconds.size();
  result["agent"] = agent(node, sight.now);
  result["health_probe"] = probe(node.health_probe, sight.now);
  result["edge_probe"] = probe(node.edge_probe, sight.now);
  result["leaving"] =
      model::is_leaving(node) ? json::value(leaving(sight, node)) : json::value(nullptr);
  result["stored_logs"] = stored_logs(sight.controller.stored_logs(node.id));
  return result;
}

}  // namespace edgeherd::api
