// Where the store suites run: the real SQLite stores on the real loop, and their twins in virtual
// time.
#pragma once

#include <memory>

#include "coordinator/sim/sim_state_store.h"
#include "coordinator/store/store.h"
#include "tests/contract/sim_world.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class SqliteWorld : public RealLoop {
 public:
  SqliteWorld() { reopen_state(); }

  [[nodiscard]] act::StateStore& state() { return *state_; }
  [[nodiscard]] act::History& history() {
    if (history_) return *history_;
    auto made = store::make_history(dir_.file("history.db"), loop(), store::IfMissing::create, {});
    REQUIRE(made);
    history_ = std::move(*made);
    return *history_;
  }
  // A new coordinator opens what the one before has left.
  void reopen_state() {
    state_.reset();
    auto made = store::make_state_store(dir_.file("state.db"), loop(), store::IfMissing::create);
    REQUIRE(made);
    state_ = std::move(*made);
  }

 private:
  TempDirectory dir_;
  std::unique_ptr<act::StateStore> state_;
  std::unique_ptr<act::History> history_;
};

class SimStoreWorld : public SimWorld {
 public:
  SimStoreWorld() {
    state_.attach(loop());
    history_.attach(loop());
  }
  [[nodiscard]] act::StateStore& state() { return state_; }
  [[nodiscard]] act::History& history() { return history_; }
  void reopen_state() {
    state_.crash();
    state_.attach(loop());
  }

 private:
  sim::SimStateStore state_{loop(), sim::SimRandom(1)};
  sim::SimHistory history_;
};

}  // namespace edgeherd::test
