// SimStateStore: the state store's twin; beside it those of the history and the notifier. What is
// committed outlives every coordinator that uses it; a crash may lose any commit that was not
// answered, or keep it.
//
// Thread: the loop's. `world` outlives them; answers come through the loop that was attached last,
// so that a coordinator that was killed hears nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/act/seams/notifier.h"
#include "coordinator/act/seams/state_store.h"
#include "coordinator/sim/sim_history.h"

namespace edgeherd::sim {

class SimStateStore final : public act::StateStore {
 public:
  SimStateStore(SimLoop& world, SimRandom random);
  ~SimStateStore() override;

  void commit(act::Batch batch, std::function<void(Status)> done) override;
  Result<Rows> load(act::Table table) override;

  // The coordinator's loop: where answers are given from now on.
  void attach(EventLoop& process);
  // The coordinator dies: each commit that was not answered is kept or lost, in order; once one is
  // lost, all later ones are.
  void crash();

  // Faults, from now on.
  void set_latency(Duration least, Duration most);
  void fail_commits(bool failing);  // answered with `unavailable`, nothing kept
  void fail_next(int count);
  // Called before a commit becomes durable; a simulation may crash the coordinator from here (by
  // posting that) at each step of its journal.
  void on_commit(std::function<void(const act::Batch&)> listener);

  [[nodiscard]] const std::map<act::Table, Rows>& tables() const;
  void replace(std::map<act::Table, Rows> tables);  // another database; only while nobody uses it
  [[nodiscard]] std::uint64_t replacements() const;
  void put(act::Table table, const std::string& key, std::string body);  // as a bad disk would
  [[nodiscard]] std::uint64_t commits() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

class SimNotifier final : public act::Notifier {
 public:
  void notify(const act::EventRecord& record) override { ++sent_[record.note.code]; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& sent() const { return sent_; }

 private:
  std::map<std::string, std::uint64_t> sent_;
};

}  // namespace edgeherd::sim
