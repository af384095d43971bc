#include "tests/sim/clerk.h"

#include <algorithm>
#include <utility>

namespace edgeherd::sim {

namespace {

// Null as long as it cannot be asked.
act::Controller* listening(World& world) {
  act::Controller* controller = world.controller();
  return controller != nullptr && controller->fleet().started_at() ? controller : nullptr;
}

}  // namespace

void Clerk::give(World& world, Order order) {
  if (!order.instead_of.empty()) {
    orders_.remove_if([&](const Given& given) { return given.order.what == order.instead_of; });
  }
  world.diary.write("order: " + order.what);
  orders_.push_back({std::move(order)});
  ask(world, orders_.back());
}

bool Clerk::waits() const {
  return std::ranges::any_of(orders_,
                             [](const Given& given) { return given.answered != Answered::yes; });
}

void Clerk::ask(World& world, Given& given) {
  act::Controller* controller = listening(world);
  if (controller == nullptr) return;
  given.asked = world.brains.front()->starts();
  given.answered = Answered::no;
  given.order.give(*controller, [&world, &given](const Status& status) {
    // In its last turn a dead process says nothing.
    if (!world.brains.front()->alive()) return;
    world.diary.write("answer: " + given.order.what + ": " +
                      (status.ok() ? "done" : status.error().message));
    given.answered = status.ok() ? Answered::yes : Answered::refused;
  });
}

void Clerk::look(World& world) {
  act::Controller* controller = listening(world);
  if (controller == nullptr) return;
  for (Given& given : orders_) {
    if (given.order.known && !given.order.known(*controller)) continue;
    const bool holds = given.order.holds(*controller);
    if (given.answered == Answered::yes) {
      if (holds) continue;
      return world.violated(
          "orders", "'" + given.order.what + "' was answered with success and is not in force");
    }
    const bool asked = given.asked == world.brains.front()->starts();
    if (asked && given.answered == Answered::no) continue;
    if (holds) {
      // Done before the answer was lost.
      given.answered = Answered::yes;
    } else {
      ask(world, given);
    }
  }
}

}  // namespace edgeherd::sim
