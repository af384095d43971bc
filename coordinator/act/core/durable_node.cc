// The rows of the table `node`.
#include <algorithm>

#include "coordinator/act/core/durable.h"
#include "coordinator/act/core/row.h"

namespace edgeherd::act {

namespace {

using model::Node;
using model::NodeState;
using model::Origin;

constexpr Duration no_window = 24h * 3650;               // of moments that no deadline counts from
constexpr std::uint64_t most_price = 1'000'000'000'000;  // a million an hour, in millionths
constexpr Duration unknown_ttl = 1h;                     // of a zone that the policy lost

std::optional<Origin> origin_from(std::string_view text) {
  if (text == "launched") return Origin::launched;
  if (text == "adopted") return Origin::adopted;
  return std::nullopt;
}

// The longest time that is counted from entering a state.
Duration state_window(NodeState state, const model::Timings& timings) {
  switch (state) {
    case NodeState::requested:
    case NodeState::booting:
    case NodeState::verifying:
      return timings.boot_deadline;
    case NodeState::draining:
      return timings.drain_deadline;
    case NodeState::flushing:
      return timings.flush_deadline + timings.hold_limit;
    case NodeState::in_service:
    case NodeState::flushed:
    case NodeState::terminating:
    case NodeState::gone:
      break;
  }
  return no_window;
}

}  // namespace

std::string node_body(const Node& node, Instant now) {
  detail::RowWriter row(now);
  row.text("zone", node.zone.str())
      .text("provider", node.provider.str())
      .text("origin", node.origin == Origin::adopted ? "adopted" : "launched")
      .text("image", node.image.str())
      .text("image_version", node.image_version)
      .text("size", node.size)
      .text("place", node.place)
      .text("spilled_for", node.spilled_for.str())
      .text("state", to_string(node.state))
      .moment("state_since", node.state_since)
      .number("visit", node.visit)
      .moment("requested_at", node.requested_at)
      .text("vm", node.vm.str())
      .text("address", node.address)
      .text("private_address", node.private_address)
      .text("key", node.key.str())
      .flag("cordoned", node.cordoned)
      .flag("protected", node.is_protected)
      .flag("quarantined", node.quarantined)
      .flag("held", node.held)
      .flag("skip_flush", node.skip_flush)
      .flag("asked_out", node.asked_out)
      .flag("drop_now", node.drop_now)
      .text("cause", to_string(node.cause))
      .text("cause_text", node.cause_text)
      .moment("name_gone_at", node.leaving.name_gone_at)
      .flag("command_done", node.leaving.command_done)
      .text("command_failure", node.leaving.command_failure)
      .flag("archive_checked", node.leaving.archive_checked)
      .text("archive_failure", node.leaving.archive_failure)
      .number("reboots", static_cast<std::uint64_t>(std::max(0, node.leaving.reboots)))
      .flag("rebooted", node.leaving.rebooted)
      .moment("rebooted_at", node.leaving.rebooted_at);
  if (node.leaving.name_ttl > Duration{}) {
    row.number("name_ttl_ms", static_cast<std::uint64_t>(millis(node.leaving.name_ttl)));
  }
  if (node.price) {
    row.number("price_micros",
               static_cast<std::uint64_t>(std::max<std::int64_t>(0, node.price->micros_per_hour)));
  }
  return row.body();
}

Result<Node> read_node(const std::string& key, std::string_view body, const model::Policy& policy,
                       Instant now) {
  const model::Timings& timings = policy.timings;
  detail::RowReader row(Table::node, key, body, now);
  Node node;
  node.id = NodeId(key);
  row.text("zone", node.zone);
  row.text("provider", node.provider);
  row.choice("origin", node.origin, origin_from);
  row.text("image", node.image);
  row.text("image_version", node.image_version);
  row.text("size", node.size);
  const model::ZonePolicy* zone = policy.zone(node.zone);
  // Rows of before zones had several placements lack these.
  if (zone != nullptr) node.place = zone->place;
  if (row.has("place")) row.text("place", node.place);
  if (row.has("spilled_for")) row.text("spilled_for", node.spilled_for);
  if (row.has("price_micros")) {
    std::uint64_t micros = 0;
    row.number("price_micros", micros);
    node.price =
        model::Price{static_cast<std::int64_t>(std::min<std::uint64_t>(micros, most_price))};
  }
  row.choice("state", node.state, model::node_state_from);
  row.past("state_since", state_window(node.state, timings), node.state_since);
  row.number("visit", node.visit);
  row.past("requested_at", is_coming(node) ? timings.boot_deadline : no_window, node.requested_at);
  row.text("vm", node.vm);
  row.text("address", node.address);
  row.text("private_address", node.private_address);
  row.text("key", node.key);
  row.flag("cordoned", node.cordoned);
  row.flag("protected", node.is_protected);
  row.flag("quarantined", node.quarantined);
  row.flag("held", node.held);
  row.flag("skip_flush", node.skip_flush);
  row.flag("asked_out", node.asked_out);
  row.flag("drop_now", node.drop_now);
  row.choice("cause", node.cause, model::cause_from);
  row.text("cause_text", node.cause_text);
  if (row.has("name_ttl_ms")) {
    std::uint64_t ttl_ms = 0;
    row.number("name_ttl_ms", ttl_ms);
    constexpr auto most = static_cast<std::uint64_t>(model::longest_dns_ttl / 1ms);
    node.leaving.name_ttl = std::chrono::milliseconds(std::min(ttl_ms, most));
  }
  row.past("name_gone_at",
           std::max(zone != nullptr ? zone->dns_ttl : unknown_ttl, node.leaving.name_ttl),
           node.leaving.name_gone_at);
  row.flag("command_done", node.leaving.command_done);
  row.text("command_failure", node.leaving.command_failure);
  row.flag("archive_checked", node.leaving.archive_checked);
  row.text("archive_failure", node.leaving.archive_failure);
  row.number("reboots", node.leaving.reboots);
  node.leaving.rebooted = node.leaving.reboots > 0;  // rows of before have it not
  if (row.has("rebooted")) row.flag("rebooted", node.leaving.rebooted);
  row.past("rebooted_at", timings.reboot_patience, node.leaving.rebooted_at);
  if (const Status read = row.finish(); !read.ok()) return read.error();
  return node;
}

}  // namespace edgeherd::act
