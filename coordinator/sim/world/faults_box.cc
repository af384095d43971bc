#include "common/wire/codec.h"
#include "common/wire/messages.h"
#include "coordinator/sim/world/faults.h"

namespace edgeherd::sim {

namespace {

constexpr Duration days = 24h;
constexpr std::uint64_t claimed_epoch = 1000ULL << 32;  // so many starts
constexpr std::uint64_t incredible_epoch = ~0ULL;

// Does `back` to the box once the fault is over, if it is still there.
Undo later(World& world, const VmId& vm, std::function<void(Box&)> back) {
  return [&world, vm, back = std::move(back)] {
    if (Box* box = world.yard.find(vm)) back(*box);
  };
}

void claim_epoch(World& world, const Box& box, std::uint64_t epoch) {
  world.claimants.insert(box.vm().id);
  wire::Hello hello;
  hello.vm_id = box.vm().id.str();
  hello.node = box.vm().node;
  hello.boot_id = "claims";
  hello.image_version = "v1";
  hello.drain_state = "serving";
  hello.highest_epoch = epoch;
  std::string bytes;
  wire::encode(hello, bytes);
  for (std::size_t index = 0; index < world.brains.size(); ++index) {
    world.switchboard.say_as(index, observe::Port::fleet, AgentKey("key-of-" + box.vm().id.str()),
                             bytes);
  }
}

// Every few seconds the disk refuses some operations.
void fail_disk(World& world, const VmId& vm, MonoTime until, SimRandom random) {
  Box* box = world.yard.find(vm);
  if (box == nullptr || world.loop.clock().mono() >= until) return;
  DiskFaults& faults = box->disk().faults();
  faults.failing_appends = static_cast<int>(random.below(2));
  faults.failing_syncs = static_cast<int>(random.below(2));
  faults.failing_renames = static_cast<int>(random.below(2));
  faults.failing_directory_syncs = static_cast<int>(random.below(2));
  world.loop.after(3s, [&world, vm, until, random] { fail_disk(world, vm, until, random); });
}

}  // namespace

Undo begin_box_fault(World& world, const Fault& fault) {
  Box* box = struck_box(world, fault);
  if (box == nullptr) return {};
  const VmId vm = box->vm().id;
  world.diary.write("... strikes " + vm.str());
  switch (fault.kind) {
    case FaultKind::agent_hang:
      box->hang_agent(true);
      return later(world, vm, [](Box& b) { b.hang_agent(false); });
    case FaultKind::agent_crash:
      box->kill_agent(std::max<Duration>(1s, fault.lasts));
      return {};
    case FaultKind::agent_lies:
      box->lies().counter_factor = fault.strength < 0.3 ? 0 : fault.strength * 10;
      return later(world, vm, [](Box& b) { b.lies().counter_factor = 1; });
    case FaultKind::agent_resets:
      box->reset_counters();
      return {};
    case FaultKind::agent_clock:
      box->set_agent_clock(from_seconds(fault.strength * seconds(days)));
      return later(world, vm, [](Box& b) { b.set_agent_clock(Duration{}); });
    case FaultKind::agent_flaps:
      box->lies().flaps = true;
      return later(world, vm, [](Box& b) { b.lies().flaps = false; });
    case FaultKind::agent_claims_epoch:
      claim_epoch(world, *box, fault.strength < 0.5 ? claimed_epoch : incredible_epoch);
      return {};
    case FaultKind::edge_broken:
      box->break_edge(true);
      return later(world, vm, [](Box& b) { b.break_edge(false); });
    case FaultKind::edge_sick:
      box->lies().fails_check = true;
      return later(world, vm, [](Box& b) { b.lies().fails_check = false; });
    case FaultKind::box_power_loss:
      box->switch_on(30s);
      return {};
    case FaultKind::box_stopped:
      box->switch_off();
      world.cloud_of(world.zone_of(box->vm())).set_power(vm, model::Power::stopped);
      return later(world, vm, [&world, vm](Box& b) {
        world.cloud_of(world.zone_of(b.vm())).set_power(vm, model::Power::running);
        b.switch_on(30s);
      });
    case FaultKind::disk_full:
      box->disk().set_capacity(4096);
      return later(world, vm,
                   [](Box& b) { b.disk().set_capacity(SimFileSystem::default_capacity); });
    case FaultKind::disk_failing:
      fail_disk(world, vm, world.loop.clock().mono() + fault.lasts, random_of(fault));
      return later(world, vm, [](Box& b) { b.disk().faults() = DiskFaults{}; });
    default:
      return {};
  }
}

}  // namespace edgeherd::sim
