// Clerk: an operator who holds the coordinator to its word. What was answered with success must be
// in force from then on, whatever dies, until he takes it back; what was not answered he orders
// again.
//
// Thread: the loop's. It outlives the world's run.
#pragma once

#include <functional>
#include <list>
#include <string>

#include "coordinator/sim/world/world.h"

namespace edgeherd::sim {

class Clerk {
 public:
  using Answer = std::function<void(const Status&)>;
  struct Order {
    std::string what;  // "pause"
    std::function<void(act::Controller&, Answer)> give;
    std::function<bool(act::Controller&)> holds;
    std::string instead_of;  // the order that this one takes back; empty: none
    // Whether the coordinator can know by now whether it holds. Null: always.
    std::function<bool(act::Controller&)> known = nullptr;
  };

  void give(World& world, Order order);
  [[nodiscard]] bool waits() const;  // for an answer
  // Each second: asks again, and looks whether all is in force.
  void look(World& world);
  // The coordinator's memory was lost by no fault of its own.
  void excuse() { orders_.clear(); }

 private:
  enum class Answered { no, yes, refused };
  struct Given {
    Order order;
    std::uint64_t asked = 0;  // which of the coordinator's lives; 0: none that may still answer
    Answered answered = Answered::no;
  };
  void ask(World& world, Given& given);

  std::list<Given> orders_;
};

}  // namespace edgeherd::sim
