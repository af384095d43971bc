// Fold: one function per event. The only code that writes a Fleet; private to coordinator/model.
#pragma once

#include <set>
#include <string>

#include "common/core/protection.h"
#include "coordinator/model/fleet.h"

namespace edgeherd::model {

extern const Protection own_server;  // a creation's server is its own: fold_calls.cc

class Fold {
 public:
  Fold(Fleet& fleet, const Policy& policy, MonoTime now)
      : fleet_(fleet), policy_(policy), now_(now) {}

  // fold_orders.cc: start-up and standing orders
  void operator()(const Started& e);
  void operator()(const NodeRestored& e);
  void operator()(const PlacementRestored& e);
  void operator()(const PlacementOpened& e);
  void operator()(const DepartureRestored& e);
  void operator()(const LaunchRestored& e);
  void operator()(const HealthChangeRestored& e);
  void operator()(const TurnRestored& e);
  void operator()(const RetiredRestored& e);
  void operator()(const RetiredForgotten& e);
  void operator()(const Paused& e);
  void operator()(const Resumed& e);
  void operator()(const ReadOnlySet& e);
  void operator()(const EpochMet& e);
  void operator()(const RemovalsConfirmed& e);
  void operator()(const FlagSet& e);
  void operator()(const Adopted& e);
  void operator()(const Forgotten& e);

  // fold_inventory.cc: what the provider lists
  void operator()(const InventoryListed& e);
  void operator()(const InventoryFailed& e);

  // fold_calls.cc: calls to the provider and their answers
  void operator()(const LaunchIntended& e);
  void operator()(const CallStarted& e);
  void operator()(const CreateAnswered& e);
  void operator()(const DestroyAnswered& e);
  void operator()(const RebootAnswered& e);
  void operator()(const ArchiveChecked& e);
  void operator()(const ArchiveConfirmed& e);

  // fold_lifecycle.cc: states, verdicts, the zone's memory
  void operator()(const StateEntered& e);
  void operator()(const CommandDecided& e);
  void operator()(const CommandSent& e);
  void operator()(const NodeHeld& e);
  void operator()(const FlushGivenUp& e);
  void operator()(const ProposalMade& e);
  void operator()(const LatencyJudged& e);
  void operator()(const VerdictGiven& e);

  // fold_witnesses.cc: agents, probes, names
  void operator()(const KeyBound& e);
  void operator()(const HelloHeard& e);
  void operator()(const SampleHeard& e);
  void operator()(const CommandAnswered& e);
  void operator()(const AgentSpoke& e);
  void operator()(const Probed& e);
  void operator()(const NamesRead& e);
  void operator()(const NamesFailed& e);

 private:
  [[nodiscard]] Node* find(const NodeId& id) const { return fleet_.memory_.nodes.find(id); }
  void touch(const Node& node) { fleet_.changes_.nodes.insert(node.id); }
  void note(Severity severity, std::string code, std::string text, const Node& node);
  void note_zone(Severity severity, std::string code, std::string text, const ZoneId& zone);

  void enter(Node& node, NodeState state);
  void leave(Node& node);
  void asks_on(Node& node);
  void heard(Node& node);
  [[nodiscard]] bool is_given(const std::string& address) const;
  [[nodiscard]] std::string stray_in(const std::set<std::string>& names) const;
  [[nodiscard]] bool gives_address_before(const Node& node,
                                          const std::set<std::string>& names) const;
  [[nodiscard]] std::string and_named_still(const Node& node, NodeState next) const;
  void go(const ZoneId& zone, Direction direction);
  void depart(const Node& node, Cause cause);
  void unbind(Node& node, const std::string& vm);
  void claims_epoch(Node& node, std::uint64_t epoch);
  void weigh_epochs();
  void retire(const NodeId& id);
  void mark_failed(Launch& launch, bool failed);
  void boot_failed(const Node& node, const std::string& why);
  void turned_away(const Node& node, const Error& error);
  void taken_in(const Node& node);
  void keep(const PlacementId& id, const Placement& placement);
  void boot_succeeded(const Node& node);

  [[nodiscard]] std::optional<Error> not_its_own(const Node& node, const Vm& vm) const;
  void see(Node& node, const Vm& vm);
  void miss(Node& node);
  [[nodiscard]] bool speaks(const Node& node) const;
  void settle_duplicates(Node& node, const std::vector<const Vm*>& vms);
  [[nodiscard]] ZoneId zone_of(const ProviderId& provider, const Vm& vm) const;
  void unwelcome(const NodeId& id, const ProviderId& provider, const ZoneId& zone, const Vm& vm,
                 const std::string& why);

  Fleet& fleet_;
  const Policy& policy_;
  MonoTime now_;
};

}  // namespace edgeherd::model
