#include <algorithm>

#include "common/wire/codec.h"
#include "coordinator/sim/world/faults.h"

namespace edgeherd::sim {

namespace {

// Whom the fault strikes, as a question about any server, also one that comes later.
std::function<bool(const model::Vm&)> victims(World& world, const Fault& fault) {
  switch (fault.scope) {
    case Scope::node: {
      const Box* box = struck_box(world, fault);
      const VmId vm = box != nullptr ? box->vm().id : VmId();
      return [vm](const model::Vm& other) { return other.id == vm; };
    }
    case Scope::zone: {
      const ZoneId zone = struck_zone(world, fault).id;
      return [&world, zone](const model::Vm& other) { return world.zone_of(other) == zone; };
    }
    case Scope::account: {
      const ProviderId provider = struck_zone(world, fault).provider;
      return [&world, provider](const model::Vm& other) {
        return world.account_of(other.id) == provider;
      };
    }
    case Scope::half: {
      const std::uint64_t odd = fault.pick % 2;
      return [odd](const model::Vm& other) {
        return static_cast<std::uint64_t>(other.id.str().back()) % 2 == odd;
      };
    }
    case Scope::all:
      return [](const model::Vm&) { return true; };
  }
  return [](const model::Vm&) { return false; };
}

// Bytes of nobody, and of one whose key is admitted.
void send_garbage(World& world, const Fault& fault) {
  SimRandom random = random_of(fault);
  for (std::size_t index = 0; index < world.brains.size(); ++index) {
    for (int i = 0; i < 50; ++i) {
      std::string bytes(random.below(200), '\0');
      random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
      const observe::Port port = random.chance(0.5) ? observe::Port::fleet : observe::Port::enroll;
      world.switchboard.say_as(index, port, AgentKey("stranger-" + random.token(4)), bytes);
      const Box* box = struck_box(world, fault);
      if (box != nullptr) {
        world.switchboard.say_as(index, port, AgentKey("key-of-" + box->vm().id.str()), bytes);
      }
    }
  }
}

NetEffect effect_of(const Fault& fault) {
  NetEffect effect;
  switch (fault.kind) {
    case FaultKind::net_loss:
      effect.loss = fault.strength;
      break;
    case FaultKind::net_delay:
      effect.delay = from_seconds(fault.strength);
      break;
    case FaultKind::net_duplicate:
      effect.duplicate = fault.strength;
      break;
    case FaultKind::net_reorder:
      effect.reorder = fault.strength;
      effect.delay = 2s;
      break;
    case FaultKind::net_partition:
      effect.to_agent = effect.to_coordinator = Path::lost;
      break;
    case FaultKind::net_deaf:
      effect.to_agent = Path::lost;
      break;
    case FaultKind::net_mute:
      effect.to_coordinator = Path::lost;
      break;
    default:
      break;
  }
  return effect;
}

}  // namespace

Undo begin_network_fault(World& world, const Fault& fault) {
  if (fault.kind == FaultKind::net_stranger) {
    send_garbage(world, fault);
    return {};
  }
  NetEffect effect = effect_of(fault);
  effect.strikes = victims(world, fault);
  const std::uint64_t number = world.switchboard.put(std::move(effect));
  return [&world, number] { world.switchboard.lift(number); };
}

}  // namespace edgeherd::sim
