// What people order, rightly and wrongly, and what viewers do.
#include <algorithm>
#include <memory>
#include <utility>

#include "coordinator/sim/world/faults.h"

namespace edgeherd::sim {

namespace {

constexpr double surge = 5;
constexpr double drop = 0.1;

// A node of the fleet, chosen by the fault.
std::optional<NodeId> struck_node(const act::Controller& controller, const Fault& fault) {
  const auto& nodes = controller.fleet().nodes();
  if (nodes.empty()) return std::nullopt;
  const auto at = static_cast<std::ptrdiff_t>(fault.pick % nodes.size());
  return std::next(nodes.begin(), at)->first;
}

Undo set_flag(World& world, const NodeId& node, model::Flag flag) {
  const auto keeps = std::make_shared<bool>(flag == model::Flag::is_protected);
  world.controller()->set_flag(node, flag, true, [&world, node, keeps](const Status& status) {
    if (*keeps && status.ok()) world.kept.insert(node);
  });
  return [&world, node, flag, keeps] {
    if (std::exchange(*keeps, false)) world.kept.erase(node);
    if (act::Controller* controller = world.controller()) {
      controller->set_flag(node, flag, false, [](const Status&) {});
    }
  };
}

// Orders that must be refused, or mean nothing.
void type_wrong(World& world, act::Controller& controller, const ZoneId& zone) {
  const auto refused = [&world](const char* what) {
    return [&world, what](const auto& result) {
      if (result.ok()) world.violated("operator", std::string("a wrong order is obeyed: ") + what);
    };
  };
  const auto ignore = refused("terminate");
  controller.terminate({}, ignore);
  controller.terminate({{NodeId("no-such-node")}, std::nullopt, std::nullopt, {}}, ignore);
  controller.terminate({{}, ZoneId("no/such-zone"), 1, act::TerminateMode::now}, ignore);
  controller.terminate({{}, zone, 9999, act::TerminateMode::now}, ignore);
  std::vector<NodeId> all;
  for (const auto& [id, node] : controller.fleet().nodes()) all.push_back(id);
  if (all.size() > act::expect_count_above) {
    controller.terminate({all, std::nullopt, std::nullopt, act::TerminateMode::in_order}, ignore);
  }
  controller.confirm({zone, 9999}, refused("confirm"));
  controller.takeover([](const Status&) {});
  controller.forget(NodeId("no-such-node"), refused("forget"));
  for (const auto& [id, node] : controller.fleet().nodes()) {
    if (node.state != model::NodeState::in_service || node.quarantined) continue;
    controller.forget(id, refused("forget a node in service"));
    break;
  }
}

Undo reconfigure(World& world, const ZoneId& zone, std::function<void(model::ZonePolicy&)> edit) {
  edit(world.policy.zones.at(zone));
  world.reload();
  return [&world, zone] {
    world.policy.zones[zone] = policy_of(world.scenario()).zones.at(zone);
    world.reload();
  };
}

Undo change_traffic(World& world, const ZoneId& zone, double factor) {
  world.viewers->scale(zone, factor);
  return [&world, zone, factor] { world.viewers->scale(zone, 1 / factor); };
}

Undo order(World& world, const Fault& fault, act::Controller& controller) {
  const std::optional<NodeId> node = struck_node(controller, fault);
  switch (fault.kind) {
    case FaultKind::op_pause:
      world.pause(controller);
      return [&world] {
        if (act::Controller* now = world.controller()) world.resume(*now);
      };
    case FaultKind::op_cordon:
      return node ? set_flag(world, *node, model::Flag::cordoned) : Undo{};
    case FaultKind::op_protect:
      return node ? set_flag(world, *node, model::Flag::is_protected) : Undo{};
    case FaultKind::op_terminate:
      if (node) controller.terminate({{*node}, std::nullopt, 1, {}}, [](const auto&) {});
      return {};
    case FaultKind::op_terminate_now:
      if (node) {
        world.given_up.insert(*node);
        controller.terminate({{*node}, std::nullopt, 1, act::TerminateMode::now},
                             [](const auto&) {});
      }
      return {};
    case FaultKind::op_types_wrong:
      type_wrong(world, controller, struck_zone(world, fault).id);
      return {};
    default:
      return {};
  }
}

}  // namespace

Undo begin_people_fault(World& world, const Fault& fault) {
  const ZoneId zone = struck_zone(world, fault).id;
  switch (fault.kind) {
    case FaultKind::op_shrinks_zone:
      return reconfigure(world, zone, [&world, &fault](model::ZonePolicy& z) {
        const int there = static_cast<int>(world.boxes_of(z.id).size());
        const int most =
            fault.strength < 0.5 ? std::min(z.max_servers, there - 1) : z.max_servers / 3;
        z.max_servers = std::max(z.min_servers, most);
      });
    case FaultKind::op_grows_zone:
      return reconfigure(world, zone, [](model::ZonePolicy& z) {
        z.min_servers = std::min(z.max_servers, z.min_servers * 2 + 1);
      });
    case FaultKind::op_shadow:
      return reconfigure(world, zone, [](model::ZonePolicy& z) { z.shadow = true; });
    case FaultKind::op_shadow_fleet:
      world.policy.shadow = true;
      world.reload();
      return [&world] {
        world.policy.shadow = false;
        world.reload();
      };
    case FaultKind::op_closes_zone:
      return reconfigure(world, zone,
                         [](model::ZonePolicy& z) { z.activity = model::ZoneActivity::inactive; });
    case FaultKind::load_surge:
      return change_traffic(world, zone, 1 + fault.strength * surge);
    case FaultKind::load_drop:
      return change_traffic(world, zone, drop);
    case FaultKind::load_fails:
      world.viewers->set_errors(zone, fault.strength);
      return [&world, zone] { world.viewers->set_errors(zone, 0); };
    default:
      break;
  }
  act::Controller* controller = world.controller();
  return controller != nullptr ? order(world, fault, *controller) : Undo{};
}

}  // namespace edgeherd::sim
