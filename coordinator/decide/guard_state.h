// GuardState: what one pass of the guard knows: the fleet as it is, and what the pass itself has
// let through so far, so that each action sees the ones before it spent. Private to
// coordinator/decide.
#pragma once

#include <map>
#include <set>

#include "coordinator/decide/plan.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

class GuardState {
 public:
  // All outlive it.
  GuardState(const Plan& plan, const model::Fleet& fleet, const model::Policy& policy,
             MonoTime now);

  // `action` goes ahead.
  void let_through(const Action& action);

  [[nodiscard]] const model::Fleet& fleet() const { return fleet_; }
  [[nodiscard]] const model::Policy& policy() const { return policy_; }
  [[nodiscard]] MonoTime now() const { return now_; }
  [[nodiscard]] const ZoneView& view(const ZoneId& zone) const;
  [[nodiscard]] const ZoneDecision* decision(const ZoneId& zone) const;  // null: none was made

  // VMs of ours with the launches of this pass; those that a zone will have.
  [[nodiscard]] int vms() const { return vms_; }
  [[nodiscard]] int wanted_in(const ZoneId& zone) const;
  // The same with those in service that are sick: all that viewers may be sent to, well or not.
  [[nodiscard]] int standing_in(const ZoneId& zone) const;
  // Adopted servers on their way whose agents are awaited.
  [[nodiscard]] int adopted_coming_in(const ZoneId& zone) const;
  [[nodiscard]] int launched_by(const ProviderId& account) const;
  // Launches of this pass at one placement.
  [[nodiscard]] int launched_at(const model::PlacementId& id) const;
  // What servers cost an hour, with the launches of this pass.
  [[nodiscard]] model::Price cost() const;
  [[nodiscard]] model::Price cost_in(const ZoneId& zone) const;
  // What is left in a zone: nodes that carry traffic, and nodes that its name may give (sick ones
  // too, when there is no other).
  [[nodiscard]] int capacity(const ZoneId& zone) const;
  [[nodiscard]] int answering(const ZoneId& zone) const;
  // Withdrawals that this pass let through: for size, and for every other reason.
  [[nodiscard]] int scaled_in(const ZoneId& zone) const;
  [[nodiscard]] int removed(const ZoneId& zone) const;
  // Nodes that changed health within the breakers' window, and how many serve or drain.
  [[nodiscard]] std::size_t changed_in(const ZoneId& zone) const;
  [[nodiscard]] std::size_t changed_in(const ProviderId& account) const;
  // These, and the nodes in service that are not good now, unless their provider says why.
  [[nodiscard]] std::size_t troubled_in(const ZoneId& zone) const;
  [[nodiscard]] std::size_t troubled_in(const ProviderId& account) const;
  // Of one zone: each node with the number of its changes.
  [[nodiscard]] const std::map<NodeId, int>& changes_in(const ZoneId& zone) const;
  [[nodiscard]] std::size_t size_of(const ZoneId& zone) const;
  [[nodiscard]] std::size_t size_of(const ProviderId& account) const;
  // Nodes that serve or drain and had an agent.
  [[nodiscard]] std::size_t agents_known() const { return agents_known_; }

 private:
  void count_nodes(const Plan& plan);
  void count_adopted();
  void count_health_changes(const Plan& plan);
  void count_trouble(const Plan& plan);

  const model::Fleet& fleet_;
  const model::Policy& policy_;
  MonoTime now_;
  std::map<ZoneId, ZoneView> views_;
  std::map<ZoneId, const ZoneDecision*> decisions_;
  std::map<ZoneId, int> capacity_;
  std::map<ZoneId, int> answering_;
  std::map<ZoneId, int> launched_in_;
  std::map<ZoneId, int> returned_in_;
  std::map<ZoneId, int> recovered_in_;  // bad until now, and found well again by this very plan
  std::map<ZoneId, int> adopted_coming_in_;
  std::map<ProviderId, int> launched_by_;
  std::map<model::PlacementId, int> launched_at_;
  std::map<ZoneId, std::int64_t> launched_for_;  // millionths an hour
  std::map<ZoneId, int> scaled_in_;
  std::map<ZoneId, int> removed_;
  std::map<ZoneId, std::map<NodeId, int>> changed_in_zone_;
  std::map<ProviderId, std::set<NodeId>> changed_in_account_;
  std::map<ZoneId, std::set<NodeId>> troubled_in_zone_;
  std::map<ProviderId, std::set<NodeId>> troubled_in_account_;
  std::map<ZoneId, std::size_t> zone_size_;
  std::map<ProviderId, std::size_t> account_size_;
  std::size_t agents_known_ = 0;
  int vms_ = 0;
};

// Whether the zone's name may give the node's address.
[[nodiscard]] inline bool answers(const model::Node& node) {
  return !node.cordoned && !node.quarantined;
}

}  // namespace edgeherd::decide
