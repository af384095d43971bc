// Lives: small fleets with a script, in which everything happens once that can happen to a node:
// launch, boot, verification, service, growth, drain, flush, end; and every order of an operator. A
// script waits for what it expects, so whatever is struck, it must come to its end.
//
// Values; a Script watches one run. Thread: the loop's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "coordinator/sim/world/world.h"
#include "tests/sim/clerk.h"

namespace edgeherd::sim {

// What a step works with.
struct Stage {
  World& world;
  act::Controller& controller;
  Clerk& clerk;
  std::map<std::string, NodeId>& cast;  // nodes that a step before has chosen, by their part
  Duration waited{};                    // since the step before

  [[nodiscard]] const model::Fleet& fleet() const { return controller.fleet(); }
  [[nodiscard]] const model::Node* node(const std::string& part) const;
  // So many are in service and well, the name gives just their addresses, and there are no others.
  [[nodiscard]] bool serving(std::size_t count) const;
  // So many addresses does the name give.
  [[nodiscard]] bool named(std::size_t count) const;
  [[nodiscard]] bool named(const std::string& address) const;
};

struct Step {
  std::string what;
  std::function<bool(const Stage&)> ready;
  std::function<void(Stage&)> act;
};

struct Life {
  std::string name;
  Scenario scenario;
  std::function<void(World&)> prepare;  // before the run; may be null
  std::vector<Step> steps;
};
[[nodiscard]] const std::vector<Life>& lives();

// Plays a life's steps one after the other, then lets the fleet come to rest. A step that is never
// reached breaks the promise "script".
class Script final : public Watcher {
 public:
  explicit Script(const Life& life) : life_(life) {}
  void second(World& world) override;
  void ended(World& world) override;

 private:
  const Life& life_;
  Clerk clerk_;
  std::map<std::string, NodeId> cast_;
  std::size_t step_ = 0;
  Duration since_{};
};

}  // namespace edgeherd::sim
