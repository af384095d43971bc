#include "coordinator/act/core/durable.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "coordinator/act/core/row.h"

namespace edgeherd::act {

namespace {

std::optional<IntentKind> intent_kind_from(std::string_view text) {
  for (const IntentKind kind : {IntentKind::launch, IntentKind::destroy, IntentKind::reboot}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

// Numbers in keys have leading zeros, so that keys sort as numbers do.
std::string padded(std::uint64_t number, int width) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%0*llu", width, static_cast<unsigned long long>(number));
  return text.data();
}

std::string dated_key(MonoTime at, const std::string& of, Instant now) {
  const auto stored = std::max<std::int64_t>(0, detail::stored_ms(at, now));
  return padded(static_cast<std::uint64_t>(stored), 15) + "/" + of;
}

}  // namespace

std::string_view to_string(IntentKind kind) {
  switch (kind) {
    case IntentKind::launch:
      return "launch";
    case IntentKind::destroy:
      return "destroy";
    case IntentKind::reboot:
      return "reboot";
  }
  return "unknown";
}

std::string zone_body(const ConfirmedRow& confirmed) {
  detail::RowWriter row;
  row.number("confirmed_removals", static_cast<std::uint64_t>(std::max(0, confirmed.removals)));
  row.flag("closed", !confirmed.asked);
  if (confirmed.asked)
    row.number("max_servers", static_cast<std::uint64_t>(std::max(0, *confirmed.asked)));
  return row.body();
}

Result<ConfirmedRow> read_zone(const std::string& key, std::string_view body) {
  detail::RowReader row(Table::zone, key, body);
  ConfirmedRow read;
  row.number("confirmed_removals", read.removals);
  bool closed = true;
  if (row.has("closed")) {
    row.flag("closed", closed);
  } else {
    read.removals = 0;
  }
  if (!closed) row.number("max_servers", read.asked.emplace());
  if (const Status status = row.finish(); !status.ok()) return status.error();
  return read;
}

std::string placement_key(const model::PlacementId& id) {
  return id.provider.str() + "/" + id.place + "/" + id.size;
}

std::string placement_body(const model::PlacementId& id, const model::Placement& placement,
                           Instant now) {
  return detail::RowWriter(now)
      .text("provider", id.provider.str())
      .text("place", id.place)
      .text("size", id.size)
      .number("consecutive_failures",
              static_cast<std::uint64_t>(std::max(0, placement.consecutive_failures)))
      .moment("not_before", placement.not_before)
      .text("last_failure", placement.last_failure)
      .number("stock_outs", static_cast<std::uint64_t>(std::max(0, placement.stock_outs)))
      .moment("stock_not_before", placement.stock_not_before)
      .text("stock_failure", placement.stock_failure)
      .text("made_of", placement.made_of)
      .body();
}

Result<PlacementRow> read_placement(const std::string& key, std::string_view body,
                                    const model::Policy& policy, Instant now) {
  detail::RowReader row(Table::placement, key, body, now);
  PlacementRow read;
  row.text("provider", read.id.provider);
  row.text("place", read.id.place);
  row.text("size", read.id.size);
  row.number("consecutive_failures", read.placement.consecutive_failures);
  row.future("not_before", policy.breakers.placement_backoff_most, read.placement.not_before);
  row.text("last_failure", read.placement.last_failure);
  row.number("stock_outs", read.placement.stock_outs);
  row.future("stock_not_before", policy.breakers.stock_backoff_most,
             read.placement.stock_not_before);
  row.text("stock_failure", read.placement.stock_failure);
  if (row.has("made_of")) row.text("made_of", read.placement.made_of);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  if (placement_key(read.id) != key) {
    return fail(Errc::broken, "row '" + key + "' of table placement: its fields say '" +
                                  placement_key(read.id) + "'");
  }
  return read;
}

std::string departure_key(const model::Departure& departure, Instant now) {
  return dated_key(departure.at, departure.node.str(), now);
}

std::string departure_body(const model::Departure& departure, Instant now) {
  return detail::RowWriter(now)
      .text("node", departure.node.str())
      .text("zone", departure.zone.str())
      .text("cause", to_string(departure.cause))
      .moment("at", departure.at)
      .body();
}

Result<model::Departure> read_departure(const std::string& key, std::string_view body,
                                        const model::Policy&, Instant now) {
  detail::RowReader row(Table::departure, key, body, now);
  model::Departure read;
  row.text("node", read.node);
  row.text("zone", read.zone);
  row.choice("cause", read.cause, model::cause_from);
  row.past("at", departures_kept, read.at);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  return read;
}

std::string launch_body(const model::Launch& launch, Instant now) {
  return detail::RowWriter(now)
      .text("zone", launch.zone.str())
      .text("provider", launch.provider.str())
      .moment("at", launch.at)
      .flag("failed", launch.failed)
      .body();
}

Result<model::Launch> read_launch(const std::string& key, std::string_view body,
                                  const model::Policy& policy, Instant now) {
  detail::RowReader row(Table::launch, key, body, now);
  model::Launch read;
  read.node = NodeId(key);
  row.text("zone", read.zone);
  row.text("provider", read.provider);
  row.flag("failed", read.failed);
  row.past("at", std::max(policy.budgets.launch_window, policy.budgets.failed_boot_window),
           read.at);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  return read;
}

std::string health_change_key(const model::HealthChange& change, Instant now) {
  return dated_key(change.at, change.node.str(), now);
}

std::string health_change_body(const model::HealthChange& change, Instant now) {
  return detail::RowWriter(now)
      .text("node", change.node.str())
      .text("zone", change.zone.str())
      .text("provider", change.provider.str())
      .moment("at", change.at)
      .body();
}

Result<model::HealthChange> read_health_change(const std::string& key, std::string_view body,
                                               const model::Policy& policy, Instant now) {
  detail::RowReader row(Table::health_change, key, body, now);
  model::HealthChange read;
  row.text("node", read.node);
  row.text("zone", read.zone);
  row.text("provider", read.provider);
  row.past("at", policy.breakers.window, read.at);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  return read;
}

std::string turn_key(const model::Turn& turn, Instant now) {
  return dated_key(turn.at, turn.zone.str(), now);
}

std::string turn_body(const model::Turn& turn, Instant now) {
  return detail::RowWriter(now)
      .text("zone", turn.zone.str())
      .text("direction", to_string(turn.direction))
      .moment("at", turn.at)
      .body();
}

Result<model::Turn> read_turn(const std::string& key, std::string_view body,
                              const model::Policy& policy, Instant now) {
  detail::RowReader row(Table::turn, key, body, now);
  model::Turn read;
  row.text("zone", read.zone);
  row.choice("direction", read.direction, model::direction_from);
  row.past("at", policy.scaling.flap_window, read.at);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  return read;
}

std::string intent_key(const NodeId& node, IntentKind kind) {
  return node.str() + "/" + std::string(to_string(kind));
}

std::string intent_body(const Intent& intent) {
  return detail::RowWriter()
      .text("node", intent.node.str())
      .text("kind", to_string(intent.kind))
      .text("zone", intent.zone.str())
      .text("provider", intent.provider.str())
      .text("vm", intent.vm.str())
      .wall("made", intent.made)
      .flag("open", intent.open)
      .flag("abandoned", intent.abandoned)
      .wall("ended", intent.ended)
      .text("outcome", intent.outcome)
      .body();
}

Result<Intent> read_intent(const std::string& key, std::string_view body) {
  detail::RowReader row(Table::intent, key, body);
  Intent read;
  row.text("node", read.node);
  row.choice("kind", read.kind, intent_kind_from);
  row.text("zone", read.zone);
  row.text("provider", read.provider);
  row.text("vm", read.vm);
  row.wall("made", read.made);
  row.flag("open", read.open);
  row.flag("abandoned", read.abandoned);
  row.wall("ended", read.ended);
  row.text("outcome", read.outcome);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  if (intent_key(read.node, read.kind) != key) {
    return fail(Errc::broken, "row '" + key + "' of table intent: its fields say '" +
                                  intent_key(read.node, read.kind) + "'");
  }
  return read;
}

std::string segment_key(const NodeId& node, std::uint64_t seq) {
  return node.str() + "/" + padded(seq, 9);
}

std::string segment_body(const Segment& segment) {
  return detail::RowWriter()
      .text("node", segment.node.str())
      .number("seq", segment.seq)
      .text("key", segment.key)
      .number("lines", segment.lines)
      .number("bytes", segment.bytes)
      .text("sha256", segment.sha256)
      .text("md5", segment.md5)
      .body();
}

Result<Segment> read_segment(const std::string& key, std::string_view body) {
  detail::RowReader row(Table::segment, key, body);
  Segment read;
  row.text("node", read.node);
  row.number("seq", read.seq);
  row.text("key", read.key);
  row.number("lines", read.lines);
  row.number("bytes", read.bytes);
  row.text("sha256", read.sha256);
  row.text("md5", read.md5);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  if (segment_key(read.node, read.seq) != key) {
    return fail(Errc::broken, "row '" + key + "' of table segment: its fields say '" +
                                  segment_key(read.node, read.seq) + "'");
  }
  return read;
}

std::string given_name_body(const GivenName& given) {
  std::string joined;
  for (const std::string& address : given.addresses)
    joined += (joined.empty() ? "" : " ") + address;
  return detail::RowWriter().text("addresses", joined).body();
}

Result<GivenName> read_given_name(const std::string& key, std::string_view body) {
  detail::RowReader row(Table::name, key, body);
  std::string joined;
  row.text("addresses", joined);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  GivenName read{model::name_key_from(key), {}};
  for (std::size_t at = 0; at < joined.size();) {
    const std::size_t end = std::min(joined.find(' ', at), joined.size());
    if (end > at) read.addresses.insert(joined.substr(at, end - at));
    at = end + 1;
  }
  return read;
}

std::string orders_body(const Orders& orders) {
  return detail::RowWriter()
      .flag("paused", orders.paused)
      .text("pause_reason", orders.pause_reason)
      .flag("read_only", orders.read_only)
      .text("read_only_reason", orders.read_only_reason)
      .number("epoch", orders.epoch)
      .flag("strangers_accepted", orders.strangers_accepted)
      .body();
}

std::string met_body(std::uint64_t epoch) {
  return detail::RowWriter().number("epoch", epoch).body();
}

Result<std::uint64_t> read_met(std::string_view body) {
  detail::RowReader row(Table::order, std::string(met_key), body);
  std::uint64_t epoch = 0;
  row.number("epoch", epoch);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  return epoch;
}

Result<Orders> read_orders(std::string_view body) {
  detail::RowReader row(Table::order, std::string(orders_key), body);
  Orders read;
  row.flag("paused", read.paused);
  row.text("pause_reason", read.pause_reason);
  row.flag("read_only", read.read_only);
  row.text("read_only_reason", read.read_only_reason);
  row.number("epoch", read.epoch);
  row.flag("strangers_accepted", read.strangers_accepted);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  return read;
}

}  // namespace edgeherd::act
