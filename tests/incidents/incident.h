// Incident: a failure that others have paid for, played in a small simulated fleet.
//
// prove() plays it as Edgeherd is, and every promise must hold; and with the named protections
// switched off (common/core/protection.h), and the named promise must be broken. With the second of
// two off it must hold: so it is the first that is proven. An incident test fails when its
// protection is taken out, or has become idle. Without EDGEHERD_MUTANTS nothing can be switched
// off, and it is played once.
//
// Each proof adds a line with the protections that it switched off to the file that EDGEHERD_PROOFS
// names, if it is set: sim_mutants counts them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/sim/world/world.h"
#include "tests/support/catch.h"

namespace edgeherd::incidents {

using sim::Box;
using sim::Fault;
using sim::FaultKind;
using sim::Scope;
using sim::World;

// One account, one zone of ten servers with steady traffic; boots take half a minute. From its
// sixth minute on the fleet is as it should be. The incident has an hour.
[[nodiscard]] sim::Scenario ten_servers();
inline const ZoneId lon{"ocean/lon1"};

class Incident {
 public:
  explicit Incident(sim::Scenario scenario) : scenario_(std::move(scenario)) {}

  // What goes wrong; in any order.
  Incident& fault(Fault fault);
  // What people or the outside do at that time.
  Incident& at(Duration when, std::function<void(World&)> happens);
  // Demands of this incident alone, beside the promises that every world is held to. They are
  // broken under the name "incident".
  Incident& never(std::string what, std::function<bool(World&)> is_so);
  Incident& by(Duration when, std::string what, std::function<bool(World&)> is_so);
  // A checker of its own, made anew for each play.
  using MakeWatcher = std::function<std::unique_ptr<sim::Watcher>()>;
  Incident& watched_by(MakeWatcher make);

  // Plays it, and says which promise was broken: "P2: ...", or "" if none was.
  [[nodiscard]] std::string broken_promise() const;

 private:
  struct Demand {
    std::optional<Duration> when;  // nothing: each second
    std::string what;
    std::function<bool(World&)> is_so;
  };
  struct Step {
    Duration when;
    std::function<void(World&)> happens;
  };
  class Judge;

  sim::Scenario scenario_;
  std::vector<Step> steps_;
  std::vector<Demand> demands_;
  std::vector<MakeWatcher> watchers_;
};

void prove(const Incident& incident, const std::vector<std::string>& protections,
           const std::string& promise);
// For what is no world: `holds` is asked with everything on, and must be so; and with the
// protections off, and must not.
void prove(const std::function<bool()>& holds, const std::vector<std::string>& protections);

// -- what tests ask of a world

// Nodes of the first coordinator in this state, or in any; 0 while it is dead.
[[nodiscard]] int count(World& world, model::NodeState state);
// The nth server, in the order of their ids; null if there are not so many.
[[nodiscard]] Box* box(World& world, std::size_t nth);
// The node of the nth server; null while the coordinator is dead or does not know it.
[[nodiscard]] const model::Node* node(World& world, std::size_t nth);

}  // namespace edgeherd::incidents
