// OrderBook: the operator's orders from when they are given until the store has them.
//
// What holds the coordinator back (a pause, a cordon) is in force at once: it must not wait for a
// slow disk. One whose commit fails is taken back. What lets it act (a termination, the end of a
// pause) is in force once it is stored: nothing may have come of an order that failed. Either way
// the operator is told, and nothing of it can come into force later: nor what a later order of the
// other kind, or a new configuration, has overtaken.
// Thread: the loop's. Owner: the controller; the core outlives it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/core/lifetime.h"
#include "coordinator/act/core/core.h"

namespace edgeherd::act {

class OrderBook {
 public:
  static constexpr const char* pause = "pause";  // the name of what a pause and its end set
  // One thing that an order sets: its name, how it is set, and how it was before.
  struct Line {
    std::string name;  // the same for every order that sets the same thing
    model::Event order;
    model::Event before;
  };

  explicit OrderBook(Core& core) : core_(core) {}
  OrderBook(const OrderBook&) = delete;
  OrderBook& operator=(const OrderBook&) = delete;

  // `then` runs once, never inline: with success when the order is in force and durable, with the
  // error when it is not in force. Of several orders that are given together those that others
  // overtake are noted; it is an error if none is in force. `what` is for people ("the pause").
  void give_at_once(const Protection& place, std::string what, Line line, Journal::Then then);
  void give_once_stored(const Protection& place, std::string what, std::vector<model::Event> orders,
                        Journal::Then then);
  // A confirmation of a zone's removals that is being stored was for another configuration.
  void forget_confirmation(const ZoneId& zone);
  // A flag of a node: which of the two it is depends on the flag.
  void give_flag(const Protection& place, std::string what, const model::Node& node,
                 model::Flag flag, bool on, Journal::Then then);

 private:
  // What the store has of a thing that is being set, by orders that may overtake one another.
  struct Open {
    model::Event stored;
    int orders = 0;
  };
  static constexpr std::uint64_t nobody = 0;  // gave the newest order: it is void
  void settle(const Line& line, const Status& status);
  [[nodiscard]] bool is_void_now(const std::string& name) const;
  [[nodiscard]] bool was_overtaken(const std::string& name, std::uint64_t given);
  void tell_overtaken(const std::string& what, const NodeId& id);
  [[nodiscard]] Error not_in_force(const std::string& what, const Status& status);

  Core& core_;
  std::map<std::string, Open> open_;
  std::uint64_t given_ = 0;
  std::map<std::string, std::uint64_t> newest_;  // order for each thing that is being set
  Lifetime lifetime_;
};

}  // namespace edgeherd::act
