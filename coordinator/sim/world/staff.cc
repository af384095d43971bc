#include "coordinator/sim/world/staff.h"

#include <algorithm>

namespace edgeherd::sim {

namespace {

constexpr long long look_every_s = 30;
constexpr Duration patience = 3min;  // before somebody comes

}  // namespace

void Staff::second() {
  if (static_cast<long long>(seconds(world_.elapsed())) % look_every_s != 0) return;
  if (act::Controller* controller = world_.controller()) look(*controller);
}

void Staff::look(act::Controller& controller) {
  const model::Fleet& fleet = controller.fleet();
  if (!fleet.started_at()) return;
  const bool alone = world_.brains.size() == 1 || !world_.brains[1]->alive();
  if (fleet.superseded() && alone) controller.takeover([](const Status&) {});
  adopt_strangers(controller);
  const bool strangers_left = !strangers_since_.empty();
  if (fleet.read_only() && !strangers_left) {
    world_.writes_allowed = world_.loop.clock().mono();
    controller.allow_writes(0, [](const Status&) {});
  }
  if (!mending_) return;
  if (fleet.paused()) world_.resume(controller);
  take_flags_back(controller);
  confirm_what_waits(controller);
}

// Somebody looks at servers that carry the fleet's tag and are unknown, and takes them in: one at a
// time, and all that are left once the faults are over.
void Staff::adopt_strangers(act::Controller& controller) {
  std::map<VmId, MonoTime> still;
  std::vector<std::pair<MonoTime, VmId>> ripe;
  const MonoTime now = world_.loop.clock().mono();
  for (const auto& [provider, account] : controller.fleet().accounts()) {
    for (const model::Vm& vm : account.strangers) {
      const auto known = strangers_since_.find(vm.id);
      const MonoTime since = known == strangers_since_.end() ? now : known->second;
      still[vm.id] = since;
      if (now - since >= patience) ripe.emplace_back(since, vm.id);
    }
  }
  strangers_since_ = std::move(still);
  if (!mending_ && !ripe.empty()) {
    std::ranges::sort(ripe);
    ripe.resize(1);
    strangers_since_[ripe.front().second] = now;  // if it is refused, another has its turn
  }
  for (const auto& [since, vm] : ripe) {
    controller.adopt(world_.account_of(vm), vm, std::nullopt, [](const Result<NodeId>&) {});
  }
}

void Staff::take_flags_back(act::Controller& controller) {
  std::vector<model::Node> nodes;
  for (const auto& [id, node] : controller.fleet().nodes()) nodes.push_back(node);
  for (const model::Node& node : nodes) {
    const auto off = [&](bool on, model::Flag flag) {
      if (on) controller.set_flag(node.id, flag, false, [](const Status&) {});
    };
    off(node.cordoned, model::Flag::cordoned);
    off(node.is_protected, model::Flag::is_protected);
    world_.kept.erase(node.id);
    off(node.quarantined, model::Flag::quarantined);
    // An adopted server that never came up whole cannot be proven good: it is let go by hand.
    const Box* box = world_.yard.find(node.vm);
    const bool whole = box != nullptr && box->up() && box->answers_viewers();
    const bool hopeless = node.origin == model::Origin::adopted && model::is_coming(node) &&
                          (!whole || node.state == model::NodeState::booting) &&
                          world_.loop.clock().mono() - node.state_since > 10min;
    if (hopeless) {
      world_.cloud_of(node.zone).vanish(node.vm);
      controller.forget(node.id, [](const Status&) {});
    }
  }
}

void Staff::confirm_what_waits(act::Controller& controller) {
  std::map<ZoneId, int> waiting;
  for (const decide::Withheld& held : controller.last_plan().withheld) {
    if (held.brake == decide::Brake::unconfirmed) ++waiting[held.action.zone];
  }
  for (const auto& [zone, count] : waiting) {
    controller.confirm({zone, count}, [](const Status&) {});
  }
}

void Staff::mend() {
  mending_ = true;
  world_.policy = policy_of(world_.scenario());
  world_.reload();
}

}  // namespace edgeherd::sim
