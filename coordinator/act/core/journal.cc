#include "coordinator/act/core/journal.h"

namespace edgeherd::act {

namespace {

// What tells that a budget or a breaker was drawn on. It is never less durable than what it was
// drawn for: a crash between two commits may leave a budget spent for nothing, and never a change
// that nobody paid for.
bool is_ledger(Table table) {
  return table == Table::departure || table == Table::launch || table == Table::health_change ||
         table == Table::turn;
}

}  // namespace

struct Journal::State : std::enable_shared_from_this<State> {
  using Row = std::pair<Table, std::string>;
  using Rows = std::map<Row, std::optional<std::string>>;  // nothing: erased

  State(EventLoop& l, StateStore& s) : loop(l), store(s) {}

  EventLoop& loop;
  StateStore& store;
  Rows pending;
  Rows flying;
  std::vector<Then> waiting;         // for the rows in `pending`
  std::vector<Then> flying_waiting;  // for those in `flying`
  std::optional<MonoTime> begun;     // the commit under way
  bool scheduled = false;
  TimerId retry_timer = TimerId::none;
  std::uint64_t commits = 0;
  std::uint64_t failures = 0;
  std::string last_failure;

  enum class What { ledgers, others, erasures };

  [[nodiscard]] static What what_is(const Rows::value_type& row);
  void schedule();
  void take(Batch& batch, What what);
  void commit();
  void committed(const Status& status);
};

Journal::State::What Journal::State::what_is(const Rows::value_type& row) {
  if (!row.second) return What::erasures;
  return is_ledger(row.first.first) ? What::ledgers : What::others;
}

// Moves as many of the pending rows into the batch as it may have.
void Journal::State::take(Batch& batch, What what) {
  for (auto next = pending.begin(); next != pending.end() && flying.size() < most_rows;) {
    const auto at = next++;
    if (what_is(*at) != what) continue;
    auto row = pending.extract(at);
    if (row.mapped()) {
      batch.emplace_back(Put{row.key().first, row.key().second, *row.mapped()});
    } else {
      batch.emplace_back(Erase{row.key().first, row.key().second});
    }
    flying.insert(std::move(row));
  }
}

// Once per turn: what is put later in this turn goes along.
void Journal::State::schedule() {
  if (scheduled || begun) return;
  scheduled = true;
  loop.post([self = weak_from_this()] {
    if (const auto state = self.lock()) {
      state->scheduled = false;
      state->commit();
    }
  });
}

void Journal::State::commit() {
  if (begun) return;
  loop.cancel(retry_timer);
  retry_timer = TimerId::none;
  if (pending.empty()) {
    // Everything is durable already.
    for (Then& then : std::exchange(waiting, {})) then({});
    return;
  }
  begun = loop.clock().mono();
  // Who waits, waits for all of its rows: a commit that takes only some of them frees nobody.
  const bool all = pending.size() <= most_rows;
  Batch batch;
  take(batch, What::ledgers);
  take(batch, What::others);
  take(batch, What::erasures);
  if (all) flying_waiting = std::exchange(waiting, {});
  store.commit(std::move(batch), [self = weak_from_this()](const Status& status) {
    if (const auto state = self.lock()) state->committed(status);
  });
}

void Journal::State::committed(const Status& status) {
  begun.reset();
  auto told = std::exchange(flying_waiting, {});
  if (status.ok()) {
    ++commits;
    last_failure.clear();
    flying.clear();
  } else {
    ++failures;
    last_failure = status.error().message;
    pending.merge(flying);  // a newer version of a row stays
    flying.clear();
    // The rows of those who wait were to follow: they are told too, and ask again if they still
    // want.
    for (Then& then : std::exchange(waiting, {})) told.push_back(std::move(then));
    if (retry_timer == TimerId::none) {
      retry_timer = loop.after(retry, [self = weak_from_this()] {
        if (const auto state = self.lock()) {
          state->retry_timer = TimerId::none;
          state->schedule();
        }
      });
    }
  }
  for (Then& then : told) then(status);
  if (status.ok() && (!pending.empty() || !waiting.empty())) schedule();
}

Journal::Journal(EventLoop& loop, StateStore& store)
    : state_(std::make_shared<State>(loop, store)) {}
Journal::~Journal() {
  state_->loop.cancel(state_->retry_timer);
}

void Journal::put(Table table, std::string key, std::string body) {
  state_->pending.insert_or_assign({table, std::move(key)}, std::move(body));
  state_->schedule();
}

void Journal::erase(Table table, std::string key) {
  state_->pending.insert_or_assign({table, std::move(key)}, std::nullopt);
  state_->schedule();
}

void Journal::when_durable(const Protection& place, Then then) {
  if (!place.on()) {
    state_->loop.post([then = std::move(then)] { then({}); });
    return;
  }
  if (state_->waiting.size() >= most_waiting) {
    state_->loop.post([then = std::move(then)] {
      then(fail(Errc::exhausted, "the store does not answer: too many commits wait for it"));
    });
    return;
  }
  state_->waiting.push_back(std::move(then));
  state_->schedule();
}

std::size_t Journal::pending() const {
  return state_->pending.size() + state_->flying.size();
}
std::uint64_t Journal::commits() const {
  return state_->commits;
}
std::uint64_t Journal::failures() const {
  return state_->failures;
}
std::string Journal::failure() const {
  const State& state = *state_;
  if (!state.begun) return state.last_failure;
  const Duration waited = state.loop.clock().mono() - *state.begun;
  if (waited < patience) return state.last_failure;
  return "a commit has not been answered for " +
         std::to_string(static_cast<long long>(seconds(waited))) + " s; " +
         std::to_string(pending()) + " rows wait";
}

}  // namespace edgeherd::act
