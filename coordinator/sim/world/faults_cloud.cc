#include "coordinator/sim/world/faults.h"

namespace edgeherd::sim {

namespace {

// Sets one value of the weather, and makes it ordinary again. Not what it was before: that may be
// the doing of another fault, which ends first, and then nobody would take it back.
template <class Value>
Undo change(Value& value, Value to, Value ordinary) {
  value = to;
  return [&value, ordinary] { value = ordinary; };
}

// Somebody clones a server, tags and all.
void clone(World& world, const Fault& fault) {
  const Box* box = struck_box(world, fault);
  if (box == nullptr) return;
  SimProvider& home = world.cloud_of(world.zone_of(box->vm()));
  const auto original = home.servers().find(box->vm().id);
  if (original == home.servers().end()) return;
  model::Vm copy = original->second.vm;
  copy.address.clear();
  copy.private_address.clear();
  copy.created = world.loop.clock().wall();
  (void)home.add(copy, std::string(original->second.user_data));
}

// A server of another fleet, or of none, where ours stand; and it is called as a node of ours that
// lives, or that did.
void add_foreign(World& world, const Fault& fault) {
  SimRandom random = random_of(fault);
  const ZoneScenario& zone = struck_zone(world, fault);
  SimProvider& cloud = *world.clouds.at(zone.provider);
  model::Vm foreign;
  foreign.fleet = random.chance(0.5) ? "another" : "";
  if (const auto& made = cloud.made(); !made.empty()) {
    const auto nth = static_cast<std::ptrdiff_t>(random.below(made.size()));
    foreign.node = std::next(made.begin(), nth)->first;
  }
  foreign.address = "198.51.100." + std::to_string(fault.pick % 250);
  foreign.place = zone.id.str().substr(zone.id.str().find('/') + 1);
  foreign.power = model::Power::running;
  foreign.created = world.loop.clock().wall();
  world.diary.write("... is " + cloud.add(foreign).str() + ", called " + foreign.node.str());
}

}  // namespace

Undo begin_cloud_fault(World& world, const Fault& fault) {
  SimProvider& cloud = struck_cloud(world, fault);
  CloudWeather& weather = cloud.weather();
  const CloudWeather ordinary;
  switch (fault.kind) {
    case FaultKind::boot_slow:
      return change(world.boots.slow, std::max(0.1, fault.strength), 0.0);
    case FaultKind::boot_dead:
      return change(world.boots.dead, fault.strength, 0.0);
    case FaultKind::boot_stuck:
      return change(world.boots.stuck, fault.strength, 0.0);
    case FaultKind::boot_wrong_image:
      return change(world.boots.wrong_image, fault.strength, 0.0);
    case FaultKind::cloud_out_of_stock: {
      const ZoneId zone = struck_zone(world, fault).id;
      CloudWeather& there = world.cloud_of(zone).weather();
      std::string place = zone.str().substr(zone.str().find('/') + 1);
      if (struck_zone(world, fault).fallbacks > 0 && fault.strength < 0.5) {
        place += "/" + size_name(0);
      }
      there.out_of_stock.insert(place);
      return [&there, place] { there.out_of_stock.erase(place); };
    }
    case FaultKind::cloud_throttles:
      return change(weather.throttle, fault.strength, 0.0);
    case FaultKind::cloud_down: {
      const Undo create = change(weather.refuse_create, 1.0, 0.0);
      const Undo list = change(weather.fail_list, 1.0, 0.0);
      const Undo destroy = change(weather.fail_destroy, 1.0, 0.0);
      const Undo reboot = change(weather.fail_reboot, 1.0, 0.0);
      return [create, list, destroy, reboot] {
        create();
        list();
        destroy();
        reboot();
      };
    }
    case FaultKind::cloud_slow:
      return change(weather.most_latency,
                    std::max(ordinary.least_latency, from_seconds(fault.strength * 100)),
                    ordinary.most_latency);
    case FaultKind::cloud_loses_answers:
      return change(weather.lose_answer, fault.strength, 0.0);
    case FaultKind::cloud_doubles:
      return change(weather.double_create, fault.strength, 0.0);
    case FaultKind::cloud_list_broken:
      return change(weather.fail_list, fault.strength, 0.0);
    case FaultKind::cloud_list_lags:
      return change(weather.list_lag, Duration(15s), ordinary.list_lag);
    case FaultKind::cloud_ghosts:
      return change(weather.ghost_for, Duration(10min), ordinary.ghost_for);
    case FaultKind::cloud_list_foreign:
      return change(weather.list_foreign, true, false);
    case FaultKind::cloud_list_twice:
      return change(weather.list_twice, std::max(0.3, fault.strength), 0.0);
    case FaultKind::cloud_list_bare:
      return change(weather.list_bare, true, false);
    case FaultKind::cloud_names_another:
      return change(weather.name_another, fault.strength, 0.0);
    case FaultKind::vm_vanishes:
      if (const Box* box = struck_box(world, fault)) {
        world.diary.write("... strikes " + box->vm().id.str());
        world.cloud_of(world.zone_of(box->vm())).vanish(box->vm().id);
      }
      return {};
    case FaultKind::vm_cloned:
      clone(world, fault);
      return {};
    case FaultKind::vm_foreign:
      add_foreign(world, fault);
      return {};
    default:
      return {};
  }
}

}  // namespace edgeherd::sim
