#include "coordinator/act/order_book.h"

#include <utility>

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

void OrderBook::give_at_once(const Protection& place, std::string what, Line line,
                             Journal::Then then) {
  ++open_.try_emplace(line.name, Open{line.before}).first->second.orders;
  core_.apply(line.order);
  core_.when_durable(place, [this, alive = std::weak_ptr<int>(alive_), what = std::move(what),
                             line = std::move(line), then = std::move(then)](const Status& status) {
    if (alive.expired()) return;
    settle(line, status);
    then(status.ok() ? Status() : not_in_force(what, status));
  });
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
  core_.when_durable(
      place, [this, alive = std::weak_ptr<int>(alive_), &place, what = std::move(what),
              orders = std::move(orders), changes, then = std::move(then)](const Status& status) {
        if (alive.expired()) return;
        if (!status.ok()) {
          core_.keep_as_is(changes);
          return then(not_in_force(what, status));
        }
        for (const model::Event& order : orders) core_.apply(order);
        // A row of the same node may have gone out meanwhile without the order.
        core_.when_durable(place, [then](const Status& again) {
          if (again.ok()) return then({});
          then(again.error().within("the order is in force, but a restart may lose it"));
        });
      });
}

void OrderBook::give_flag(const Protection& place, std::string what, const model::Node& node,
                          Flag flag, bool on, Journal::Then then) {
  const model::FlagSet order{node.id, flag, on};
  if (!holds_back(flag, on)) {
    return give_once_stored(place, std::move(what), {order}, std::move(then));
  }
  give_at_once(place, std::move(what),
               {node.id.str() + " " + std::to_string(static_cast<int>(flag)), order,
                model::FlagSet{node.id, flag, is_set(node, flag)}},
               std::move(then));
}

}  // namespace edgeherd::act
