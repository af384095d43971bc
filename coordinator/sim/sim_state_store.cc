#include "coordinator/sim/sim_state_store.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace edgeherd::sim {

using act::Batch;
using act::Table;

struct SimStateStore::State : std::enable_shared_from_this<State> {
  State(SimLoop& w, SimRandom r) : world(w), random(r) {}

  struct Pending {
    Batch batch;
    std::function<void(Status)> done;
    TimerId timer = TimerId::none;
  };

  SimLoop& world;
  SimRandom random;
  EventLoop* process = nullptr;
  std::map<Table, Rows> tables;
  std::deque<std::shared_ptr<Pending>> pending;  // in order
  Duration least = 1ms;
  Duration most = 3ms;
  MonoTime last_due{};
  bool failing = false;
  int fail_next = 0;
  std::uint64_t commits = 0;
  std::uint64_t replacements = 0;
  std::function<void(const Batch&)> listener;

  void keep(const Batch& batch) {
    for (const auto& change : batch) {
      if (const auto* put = std::get_if<act::Put>(&change)) {
        tables[put->table][put->key] = put->body;
      } else {
        const auto& erase = std::get<act::Erase>(change);
        tables[erase.table].erase(erase.key);
      }
    }
    ++commits;
  }

  void finish(const std::shared_ptr<Pending>& one) {
    pending.pop_front();
    Status status;
    if (failing || fail_next > 0) {
      fail_next = std::max(0, fail_next - 1);
      status = fail(Errc::unavailable, "the disk refuses to be written");
    } else {
      if (listener) listener(one->batch);
      keep(one->batch);
    }
    if (process != nullptr) {
      process->post([done = std::move(one->done), status] { done(status); });
    }
  }
};

SimStateStore::SimStateStore(SimLoop& world, SimRandom random)
    : state_(std::make_shared<State>(world, random)) {}
SimStateStore::~SimStateStore() = default;

void SimStateStore::attach(EventLoop& process) {
  state_->process = &process;
}

void SimStateStore::commit(Batch batch, std::function<void(Status)> done) {
  State& state = *state_;
  auto one = std::make_shared<State::Pending>();
  one->batch = std::move(batch);
  one->done = std::move(done);
  const auto spread = static_cast<std::uint64_t>((state.most - state.least).count()) + 1;
  const Duration latency =
      state.least + Duration(static_cast<Duration::rep>(state.random.below(spread)));
  const MonoTime due = std::max(state.last_due, state.world.clock().mono() + latency);
  state.last_due = due;
  state.pending.push_back(one);
  one->timer = state.world.at(due, [self = std::weak_ptr<State>(state_), one] {
    if (const auto then = self.lock()) then->finish(one);
  });
}

Result<act::StateStore::Rows> SimStateStore::load(Table table) {
  return state_->tables[table];
}

void SimStateStore::crash() {
  State& state = *state_;
  bool kept = true;
  for (const auto& one : state.pending) {
    state.world.cancel(one->timer);
    kept = kept && !state.failing && state.random.chance(0.5);
    if (kept) state.keep(one->batch);
  }
  state.pending.clear();
  state.process = nullptr;
}

void SimStateStore::set_latency(Duration least, Duration most) {
  assert(least <= most);
  state_->least = least;
  state_->most = most;
}
void SimStateStore::fail_commits(bool failing) {
  state_->failing = failing;
}
void SimStateStore::fail_next(int count) {
  state_->fail_next = count;
}
void SimStateStore::on_commit(std::function<void(const Batch&)> listener) {
  state_->listener = std::move(listener);
}
const std::map<Table, act::StateStore::Rows>& SimStateStore::tables() const {
  return state_->tables;
}
void SimStateStore::replace(std::map<Table, Rows> tables) {
  state_->tables = std::move(tables);
  ++state_->replacements;
}
std::uint64_t SimStateStore::replacements() const {
  return state_->replacements;
}
void SimStateStore::put(Table table, const std::string& key, std::string body) {
  state_->tables[table][key] = std::move(body);
}
std::uint64_t SimStateStore::commits() const {
  return state_->commits;
}

}  // namespace edgeherd::sim
