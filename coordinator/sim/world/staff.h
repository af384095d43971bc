// Staff: the people who operate a simulated fleet. They read its alarms and do what these ask of
// them, some minutes later; and when the faults are over they take back what they had ordered.
//
// Thread: the loop's. Owner: the world, which outlives it.
#pragma once

#include <map>
#include <set>

#include "coordinator/sim/world/world.h"

namespace edgeherd::sim {

class Staff {
 public:
  explicit Staff(World& world) : world_(world) {}

  void second();
  // The configuration of the scenario again; no pause, no flags, no shadow.
  void mend();

 private:
  void look(act::Controller& controller);
  void adopt_strangers(act::Controller& controller);
  void take_flags_back(act::Controller& controller);
  void confirm_what_waits(act::Controller& controller);

  World& world_;
  bool mending_ = false;
  std::map<VmId, MonoTime> strangers_since_;
};

}  // namespace edgeherd::sim
