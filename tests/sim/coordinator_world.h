// A whole fleet on virtual time: the real controller over the simulated twins of all its seams.
//
// Every plan that is recorded is made again of its recorded inputs, and must be the same (P9).
#pragma once

#include <memory>
#include <string>

#include "common/archive/sim_archive.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/act/controller.h"
#include "coordinator/sim/sim_dns.h"
#include "coordinator/sim/sim_edges.h"
#include "coordinator/sim/sim_provider.h"
#include "coordinator/sim/sim_state_store.h"

namespace edgeherd::sim {

class CoordinatorWorld {
 public:
  static inline const ProviderId account{"cloud"};
  static inline const ZoneId zone{"cloud/lon1"};
  static inline const std::string name = "lon1.edge.example.org";

  explicit CoordinatorWorld(std::uint64_t seed);
  ~CoordinatorWorld();

  // A zone of 2 to 10 servers, each good for 100 requests/s, with short times.
  static model::Policy small_policy();

  void start();  // a coordinator, from what the store holds; fails the test if it does not start
  void crash();  // as by SIGKILL; commits that were not answered are kept or lost
  // As by SIGSTOP, and later SIGCONT.
  void stand_still(Duration span) {
    process_->stop();
    loop.run_for(span);
    process_->resume();
  }
  void restart() {
    crash();
    start();
  }

  [[nodiscard]] act::Controller& controller() { return *controller_; }
  [[nodiscard]] bool alive() const { return controller_ != nullptr; }
  [[nodiscard]] EventLoop& process() { return *process_; }
  [[nodiscard]] const model::Fleet& fleet() const { return controller_->fleet(); }
  [[nodiscard]] int in_state(model::NodeState state) const;
  // The only node; fails the test if there are more or none.
  [[nodiscard]] const model::Node& only_node() const;
  [[nodiscard]] bool run_until(const std::function<bool()>& reached, Duration limit) {
    return loop.run_until(reached, limit);
  }
  // All that can be asked at any moment: at most one server per intent, user data byte-identical,
  // no name points to an address that is not ours.
  void check_promises() const;
  // For failed tests: every node, the newest decision, and the last notes.
  [[nodiscard]] std::string story(std::size_t notes = 40) const;

  SimLoop loop;
  SimRandom random;
  model::Policy policy = small_policy();
  act::ExecutorLimits limits;
  SimStateStore store;
  SimHistory history;
  SimNotifier notifier;
  SimProvider cloud;
  SimDns dns;
  bool has_dns = true;  // from the next start
  archive::SimArchive archive;
  SimEdges edges;

 private:
  std::unique_ptr<SimProcessLoop> process_;
  std::unique_ptr<SimRandom> process_random_;
  std::unique_ptr<act::Controller> controller_;
};

}  // namespace edgeherd::sim
