// SimEdges: the edge servers of a simulated cloud with their agents and viewers, as seen from the
// coordinator: they boot, enrol, greet, send samples, obey commands, and ship their logs.
//
// A plain model of an agent, for the coordinator's own loop; it keeps what an agent must keep
// (known action ids, the highest epoch, the spool) across everything but its server's end. It is
// also the AgentPort, and the probers. Thread: the loop's. What it is given outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/archive/sim_archive.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/act/controller.h"
#include "coordinator/act/seams/agent_port.h"
#include "coordinator/sim/sim_dns.h"
#include "coordinator/sim/sim_provider.h"

namespace edgeherd::sim {

struct EdgeHabits {
  Duration least_boot = 10s;
  Duration most_boot = 20s;
  double fail_boot = 0;     // never says a word
  double lose_message = 0;  // either way
  Duration message_delay = 5ms;
  double capacity_rps = 100;  // at which its CPU is full
  std::string image_version = "v1";
};

class SimEdges final : public act::AgentPort {
 public:
  SimEdges(SimLoop& world, SimRandom random, SimProvider& cloud, SimDns& dns,
           archive::SimArchive& archive);
  ~SimEdges() override;

  // The coordinator that they talk to from now on; null: none.
  void attach(act::Controller* controller);

  Status send(const AgentKey& to, const wire::Message& message) override;
  void admit(const AgentKey& key) override;
  void revoke(const AgentKey& key) override;

  EdgeHabits& habits();
  // Viewers of a name: so many requests a second, spread over its addresses.
  void set_load(const std::string& name, double requests_per_s);

  // Faults of one node.
  void silence(const NodeId& node, bool silent);  // its agent; the edge goes on
  void break_edge(const NodeId& node, bool broken);

  // Access-log lines that were written by servers, ever, and those still lying on living ones.
  [[nodiscard]] std::uint64_t lines_written() const;
  [[nodiscard]] std::uint64_t lines_live() const;
  [[nodiscard]] std::uint64_t lines_archived() const;
  // Requests that found no server alive at the addresses of their name.
  [[nodiscard]] double requests_failed() const;
  [[nodiscard]] std::set<AgentKey> admitted() const;
  // That the node's agent has met; 0: none, or there is no such node.
  [[nodiscard]] std::uint64_t highest_epoch(const NodeId& node) const;
  // Commands that ran, by verb.
  [[nodiscard]] const std::map<std::string, int>& ran() const;

 private:
  struct Edge;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::sim
