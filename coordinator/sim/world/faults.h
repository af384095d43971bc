// Faults: makes a scenario's faults happen, and end. What each one does stands in the file of its
// field: faults_network.cc, faults_box.cc, faults_cloud.cc, faults_service.cc, faults_brain.cc,
// faults_people.cc.
//
// Thread: the loop's. Owner: the world, which outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "coordinator/sim/world/world.h"

namespace edgeherd::sim {

// What takes a fault back; empty: there is nothing to take back.
using Undo = std::function<void()>;

class Faults {
 public:
  explicit Faults(World& world) : world_(world) {}

  void schedule();
  // All that still lasts ends now.
  void end_all();

 private:
  void begin(std::size_t index);
  void end(std::size_t index);

  World& world_;
  std::map<std::size_t, Undo> lasting_;  // by the fault's place in the scenario
};

// Each begins one fault of its field. What there is nothing to strike at is passed over.
[[nodiscard]] Undo begin_network_fault(World& world, const Fault& fault);
[[nodiscard]] Undo begin_box_fault(World& world, const Fault& fault);
[[nodiscard]] Undo begin_cloud_fault(World& world, const Fault& fault);
[[nodiscard]] Undo begin_service_fault(World& world, const Fault& fault);
[[nodiscard]] Undo begin_brain_fault(World& world, const Fault& fault);
[[nodiscard]] Undo begin_people_fault(World& world, const Fault& fault);

// Choices by a fault's own number, so that nothing else changes them.
[[nodiscard]] const ZoneScenario& struck_zone(const World& world, const Fault& fault);
[[nodiscard]] Box* struck_box(World& world, const Fault& fault);
[[nodiscard]] SimProvider& struck_cloud(World& world, const Fault& fault);
// A generator for what one fault draws while it lasts.
[[nodiscard]] SimRandom random_of(const Fault& fault);

}  // namespace edgeherd::sim
