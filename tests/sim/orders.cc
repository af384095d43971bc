#include "tests/sim/orders.h"

#include <algorithm>

namespace edgeherd::sim {

namespace {

using act::Controller;

std::string name_of(const NodeId& node, model::Flag flag) {
  switch (flag) {
    case model::Flag::cordoned:
      return "cordon " + node.str();
    case model::Flag::is_protected:
      return "protect " + node.str();
    case model::Flag::quarantined:
      return "quarantine " + node.str();
    default:
      return "terminate " + node.str();
  }
}

bool is_on(const model::Node& node, model::Flag flag) {
  switch (flag) {
    case model::Flag::cordoned:
      return node.cordoned;
    case model::Flag::is_protected:
      return node.is_protected;
    case model::Flag::quarantined:
      return node.quarantined;
    default:
      return node.asked_out;
  }
}

Clerk::Order flag_off_instead(NodeId node, model::Flag flag) {
  return {"no more: " + name_of(node, flag),
          [node, flag](Controller& c, Clerk::Answer answer) {
            c.set_flag(node, flag, false, std::move(answer));
          },
          [node, flag](Controller& c) {
            const model::Node* known = c.fleet().node(node);
            return known == nullptr || !is_on(*known, flag);
          },
          name_of(node, flag)};
}

}  // namespace

Clerk::Order terminate(NodeId node) {
  return {name_of(node, model::Flag::asked_out),
          [node](Controller& c, Clerk::Answer answer) {
            c.terminate({{node}, std::nullopt, std::nullopt, act::TerminateMode::in_order},
                        [answer = std::move(answer)](const auto& done) {
                          answer(done.ok() ? Status() : done.error());
                        });
          },
          [node](Controller& c) {
            const model::Node* known = c.fleet().node(node);
            return known == nullptr || known->asked_out;
          },
          ""};
}

Clerk::Order keep(NodeId node) {
  return flag_off_instead(std::move(node), model::Flag::asked_out);
}

Clerk::Order flag_on(NodeId node, model::Flag flag) {
  return {name_of(node, flag),
          [node, flag](Controller& c, Clerk::Answer answer) {
            c.set_flag(node, flag, true, std::move(answer));
          },
          [node, flag](Controller& c) {
            const model::Node* known = c.fleet().node(node);
            return known == nullptr || is_on(*known, flag);
          },
          ""};
}

Clerk::Order flag_off(NodeId node, model::Flag flag) {
  return flag_off_instead(std::move(node), flag);
}

Clerk::Order pause() {
  return {"pause",
          [](Controller& c, Clerk::Answer answer) { c.pause("an exercise", std::move(answer)); },
          [](Controller& c) { return c.fleet().paused(); }, ""};
}

Clerk::Order resume() {
  return {"resume", [](Controller& c, Clerk::Answer answer) { c.resume(std::move(answer)); },
          [](Controller& c) {
            return !c.fleet().paused() || c.fleet().pause_reason() == somebody_elses;
          },
          "pause"};
}

Clerk::Order adopt(ProviderId account, VmId vm) {
  return {"adopt " + vm.str(),
          [account, vm](Controller& c, Clerk::Answer answer) {
            c.adopt(account, vm, std::nullopt, [answer = std::move(answer)](const auto& done) {
              answer(done.ok() ? Status() : done.error());
            });
          },
          [account, vm](Controller& c) {
            return std::ranges::none_of(c.fleet().account(account).strangers,
                                        [&](const model::Vm& other) { return other.id == vm; });
          },
          "",
          [account](Controller& c) { return c.fleet().account(account).listed_at.has_value(); }};
}

Clerk::Order forget(NodeId node) {
  return {"forget " + node.str(),
          [node](Controller& c, Clerk::Answer answer) { c.forget(node, std::move(answer)); },
          [node](Controller& c) {
            const model::Node* known = c.fleet().node(node);
            return known == nullptr || known->origin == model::Origin::adopted;
          },
          name_of(node, model::Flag::quarantined)};
}

Clerk::Order allow_writes() {
  return {"allow writes",
          [](Controller& c, Clerk::Answer answer) { c.allow_writes(0, std::move(answer)); },
          [](Controller& c) { return !c.fleet().read_only(); }, ""};
}

int unconfirmed(const Controller& controller, const ZoneId& zone) {
  const auto& withheld = controller.last_plan().withheld;
  return static_cast<int>(std::ranges::count_if(withheld, [&](const decide::Withheld& held) {
    return held.brake == decide::Brake::unconfirmed && held.action.zone == zone;
  }));
}

Clerk::Order confirm(ZoneId zone, int count) {
  return {"confirm " + std::to_string(count) + " removals of " + zone.str(),
          [zone, count](Controller& c, Clerk::Answer answer) {
            c.confirm({zone, count}, std::move(answer));
          },
          [zone](Controller& c) {
            // Each one that goes takes its share of the word with it.
            const auto serving = std::ranges::count_if(c.fleet().nodes(), [&](const auto& entry) {
              return entry.second.zone == zone &&
                     entry.second.state == model::NodeState::in_service;
            });
            const model::ZonePolicy* policy = c.policy().zone(zone);
            const int may_stay = model::is_closed(policy) ? 0 : policy->max_servers;
            return c.fleet().zone(zone).confirmed_removals > 0 || serving <= may_stay;
          },
          ""};
}

Clerk::Order retry(ZoneId zone) {
  return {"retry " + zone.str(),
          [zone](Controller& c, Clerk::Answer answer) {
            c.retry(zone, [answer = std::move(answer)](const auto& done) {
              answer(done.ok() ? Status() : done.error());
            });
          },
          [](Controller& c) { return c.fleet().placements().empty(); }, ""};
}

}  // namespace edgeherd::sim
