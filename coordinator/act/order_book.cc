#include "coordinator/act/order_book.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace edgeherd::act {

using model::Flag;

namespace {

bool is_set(const model::Node& node, Flag flag) {
  switch (flag) {
    case Flag::cordoned:
      return node.cordoned;
    case Flag::is_protected:
      return node.is_protected;
    case Flag::quarantined:
      return node.quarantined;
    case Flag::asked_out:
      return node.asked_out;
    case Flag::drop_now:
      return node.drop_now;
  }
  return false;
}

std::string name_of(const NodeId& node, Flag flag) {
  return node.str() + " " + std::to_string(static_cast<int>(flag));
}

std::string name_of_confirmation(const ZoneId& zone) {
  return "confirmed " + zone.str();
}

// The thing that an order sets; "" if nothing else can set it meanwhile.
std::string name_of(const model::Event& order) {
  if (std::holds_alternative<model::Resumed>(order)) return OrderBook::pause;
  if (const auto* confirmed = std::get_if<model::RemovalsConfirmed>(&order)) {
    return name_of_confirmation(confirmed->zone);
  }
  const auto* flag = std::get_if<model::FlagSet>(&order);
  return flag == nullptr ? "" : name_of(flag->node, flag->flag);
}

// Whether the fleet is as the order sets it: a flag may hang on another one.
bool is_in_force(const model::Event& order, const model::Fleet& fleet) {
  const auto* flag = std::get_if<model::FlagSet>(&order);
  if (flag == nullptr) return true;
  const model::Node* node = fleet.node(flag->node);
  return node != nullptr && is_set(*node, flag->flag) == flag->on;
}

NodeId node_of(const model::Event& order) {
  const auto* flag = std::get_if<model::FlagSet>(&order);
  return flag == nullptr ? NodeId() : flag->node;
}

bool holds_back(Flag flag, bool on) {
  return (flag == Flag::asked_out || flag == Flag::drop_now) != on;
}

}  // namespace

Error OrderBook::not_in_force(const std::string& what, const Status& status) {
  core_.note({model::Severity::warning, "order_not_stored",
              what + ": could not be stored and is not in force: " + status.error().message,
              NodeId(), ZoneId()});
  return status.error().within(
      "the order could not be stored and is not in force; repeat it later");
}

// Of an order of several nodes the others are in force.
void OrderBook::tell_overtaken(const std::string& what, const NodeId& id) {
  const model::Node* node = core_.fleet().node(id);
  core_.note({model::Severity::warning, "order_overtaken",
              what + ": for this node a later order has overtaken it", id,
              node == nullptr ? ZoneId() : node->zone});
}

void OrderBook::give_at_once(const Protection& place, std::string what, Line line,
                             Journal::Then then) {
  ++open_.try_emplace(line.name, Open{line.before}).first->second.orders;
  const std::uint64_t mine = newest_[line.name] = ++given_;
  core_.apply(line.order);
  core_.when_durable(place,
                     lifetime_.bind([this, what = std::move(what), mine, line = std::move(line),
                                     then = std::move(then)](const Status& status) {
                       settle(line, status);
                       (void)was_overtaken(line.name, mine);
                       then(status.ok() ? Status() : not_in_force(what, status));
                     }));
}

void OrderBook::settle(const Line& line, const Status& status) {
  const auto at = open_.find(line.name);
  if (status.ok()) {
    at->second.stored = line.order;
  } else {
    core_.take_back(at->second.stored);
  }
  if (--at->second.orders == 0) open_.erase(at);
}

void OrderBook::give_once_stored(const Protection& place, std::string what,
                                 std::vector<model::Event> orders, Journal::Then then) {
  const model::Changes changes = core_.keep_ahead(orders);
  const std::uint64_t mine = ++given_;
  for (const model::Event& order : orders) {
    if (const std::string name = name_of(order); !name.empty()) newest_[name] = mine;
  }
  core_.when_durable(place, lifetime_.bind([this, &place, what = std::move(what), mine,
                                            orders = std::move(orders), changes,
                                            then = std::move(then)](const Status& status) mutable {
    const bool is_void = std::ranges::any_of(
        orders, [&](const model::Event& order) { return is_void_now(name_of(order)); });
    std::set<NodeId> overtaken;
    std::erase_if(orders, [&](const model::Event& order) {
      if (!was_overtaken(name_of(order), mine)) return false;
      overtaken.insert(node_of(order));
      return true;
    });
    if (!status.ok() || is_void) core_.keep_as_is(changes);
    if (!status.ok()) return then(not_in_force(what, status));
    for (const model::Event& order : orders) core_.apply(order);
    const auto stands = [&](const auto& order) { return is_in_force(order, core_.fleet()); };
    if (!overtaken.empty() && std::ranges::none_of(orders, stands)) {
      return then(fail(Errc::conflict, what + (is_void ? ": the configuration has changed meanwhile"
                                                       : ": a later order has overtaken it")));
    }
    for (const NodeId& node : overtaken) tell_overtaken(what, node);
    // A row of the same node may have gone out meanwhile without the order.
    core_.when_durable(place, [then](const Status& again) {
      if (again.ok()) return then({});
      then(again.error().within("the order is in force, but a restart may lose it"));
    });
  }));
}

void OrderBook::forget_confirmation(const ZoneId& zone) {
  const auto newest = newest_.find(name_of_confirmation(zone));
  if (newest != newest_.end()) newest->second = nobody;
}

bool OrderBook::is_void_now(const std::string& name) const {
  const auto newest = newest_.find(name);
  return newest != newest_.end() && newest->second == nobody;
}

// Whether a later order has set the same thing; this one is done with.
bool OrderBook::was_overtaken(const std::string& name, std::uint64_t given) {
  const auto newest = newest_.find(name);
  if (newest == newest_.end()) return false;
  if (newest->second != given) return true;
  newest_.erase(newest);
  return false;
}

void OrderBook::give_flag(const Protection& place, std::string what, const model::Node& node,
                          Flag flag, bool on, Journal::Then then) {
  const model::FlagSet order{node.id, flag, on};
  if (!holds_back(flag, on)) {
    return give_once_stored(place, std::move(what), {order}, std::move(then));
  }
  give_at_once(place, std::move(what),
               {name_of(node.id, flag), order, model::FlagSet{node.id, flag, is_set(node, flag)}},
               std::move(then));
}

}  // namespace edgeherd::act
