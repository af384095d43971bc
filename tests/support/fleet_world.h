// A small world for tests of model and decide: a fleet, a policy, a clock, and words to tell
// stories.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/decide/guard.h"
#include "coordinator/decide/plan.h"
#include "coordinator/model/fleet.h"

namespace edgeherd::testing {

class FleetWorld {
 public:
  FleetWorld();

  model::Policy policy;
  model::Fleet fleet;
  MonoTime now{1h};

  // Zone "p/z" with its provider "p"; another name makes another zone.
  model::ZonePolicy& zone(const std::string& id, int min, int max);
  void apply(const model::Event& event) { fleet.apply(event, policy, now); }

  // A node in service with a bound key, a listed VM and good probes. Ids are "n1", "n2", ...
  NodeId serving(const std::string& zone_id);
  NodeId in_state(const std::string& zone_id, model::NodeState state);
  [[nodiscard]] const model::Node& node(const NodeId& id) const { return *fleet.node(id); }
  // What is remembered of the only placement of these zones' account.
  [[nodiscard]] const model::Placement& placement(const std::string& provider) const {
    return fleet.placement({ProviderId(provider), "", "s"});
  }

  struct Load {
    std::optional<double> requests_per_s = 0;  // nothing: its agent does not report it
    std::optional<double> cpu = 0;
    std::uint32_t connections = 0;
    double errors_per_s = 0;
    std::vector<std::string> failing = {};
    std::uint64_t spool_segments = 0;
  };
  // Feeds samples for `span`, one a second, so that rates are known; time passes.
  void run_load(const std::vector<std::pair<NodeId, Load>>& loads, Duration span);
  void sample(const NodeId& id, const Load& load);
  void probe(const NodeId& id, model::ProbeKind kind, bool good);
  // The server of a node, as its provider lists it.
  [[nodiscard]] model::Vm server(const NodeId& id) const;
  // A complete inventory of every VM that the fleet believes in.
  void list_all();
  void list_without(const NodeId& missing);
  void confirm(const std::string& zone_id, int count);

  [[nodiscard]] decide::Plan plan() const { return decide::plan(fleet, policy, now); }
  // Applies verdicts and proposals of a plan, as the controller does.
  decide::Plan tick();

  static int count(const decide::Plan& plan, decide::ActionKind kind);
  static const decide::Action* find(const decide::Plan& plan, decide::ActionKind kind);
  static const decide::Withheld* withheld(const decide::Plan& plan, decide::Brake brake);
  static const decide::ZoneDecision& decision(const decide::Plan& plan, const std::string& zone_id);

 private:
  void list(const NodeId* missing);

  struct Counters {
    std::uint64_t seq = 0;
    double requests = 0;
    double errors = 0;
    double cpu_ms = 0;
    std::uint64_t uptime_ms = 0;
  };
  std::map<NodeId, Counters> counters_;
  int nodes_ = 0;
};

}  // namespace edgeherd::testing
