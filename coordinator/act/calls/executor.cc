#include "coordinator/act/calls/executor.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "common/core/backoff.h"
#include "common/core/protection.h"
#include "common/core/token_bucket.h"

namespace edgeherd::act {

namespace {

const Protection hung_count("check", "hung_calls_counted");
const Protection rate_kept("check", "call_rate_kept");

// Whether a failure says something about the account rather than about one request, or one kind of
// them: what is throttled may be that of one region alone.
bool is_of_account(Errc code) {
  return code == Errc::unavailable || code == Errc::timeout || code == Errc::broken ||
         code == Errc::internal;
}

}  // namespace

std::string_view to_string(BreakerState state) {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      return "half_open";
  }
  return "unknown";
}

struct Executor::State : std::enable_shared_from_this<State> {
  State(EventLoop& l, Random& r, ExecutorLimits x)
      : loop(l),
        random(r),
        limits(x),
        tokens(x.calls_per_s, x.burst),
        backoff(x.backoff, x.backoff_most) {}

  struct CallState {
    bool answered = false;
    bool timed_out = false;
    bool in_place = true;
    TimerId timer = TimerId::none;
  };

  EventLoop& loop;
  Random& random;
  ExecutorLimits limits;
  TokenBucket tokens;
  Backoff backoff;
  std::deque<Job> queue;
  ExecutorStatus status;
  int failures_in_a_row = 0;
  MonoTime closed_until{};          // no call before this: the breaker is open
  std::uint64_t breaker_epoch = 0;  // answers of calls from before a trip do not close the breaker
  TimerId wake_timer = TimerId::none;
  MonoTime wake_at{};

  void pump();
  void run_soon();
  void wake(MonoTime when);
  [[nodiscard]] std::optional<MonoTime> not_before(MonoTime now);
  void drop_impatient(MonoTime now);
  void start(Job job);
  void count(const std::optional<Error>& error, std::uint64_t epoch);
  void end_later(Job& job, Error error);
  void hang(const std::shared_ptr<CallState>& call);
  void leave(CallState& call);
};

// The call has timed out, and may go on at the provider: its place is not free yet.
void Executor::State::hang(const std::shared_ptr<CallState>& call) {
  ++status.hung;
  call->timer = loop.after(std::max(limits.hung_most - limits.deadline, Duration::zero()),
                           [self = weak_from_this(), call] {
                             if (const auto state = self.lock()) state->leave(*call);
                           });
}

void Executor::State::leave(CallState& call) {
  if (!call.in_place) return;
  call.in_place = false;
  loop.cancel(call.timer);
  --status.hung;
  run_soon();
}

void Executor::State::run_soon() {
  loop.post([self = weak_from_this()] {
    if (const auto state = self.lock()) state->pump();
  });
}

void Executor::State::wake(MonoTime when) {
  if (wake_timer != TimerId::none && wake_at <= when) return;
  loop.cancel(wake_timer);
  wake_at = when;
  wake_timer = loop.at(when, [self = weak_from_this()] {
    if (const auto state = self.lock()) {
      state->wake_timer = TimerId::none;
      state->pump();
    }
  });
}

// The earliest moment for the next call, if it may not be made now.
std::optional<MonoTime> Executor::State::not_before(MonoTime now) {
  if (now < closed_until) return closed_until;
  if (status.breaker == BreakerState::half_open)
    return now + limits.deadline;  // its answer wakes us
  const std::size_t hung = hung_count.on() ? status.hung : 0;
  if (status.running + hung >= limits.concurrency) return now + limits.deadline;
  if (tokens.available(now) < 1 && rate_kept.on())
    return now + from_seconds(1 / limits.calls_per_s);
  return std::nullopt;
}

void Executor::State::end_later(Job& job, Error error) {
  ++status.not_started;
  loop.post([end = std::move(job.end), error = std::move(error)]() mutable {
    end(CallOutcome::not_started, std::move(error));
  });
}

void Executor::State::drop_impatient(MonoTime now) {
  for (auto job = queue.begin(); job != queue.end();) {
    if (now < job->give_up_at) {
      ++job;
      continue;
    }
    std::string why = "waited " + std::to_string(millis(limits.patience) / 1000) + " s for a call";
    if (status.hung > 0) why += "; " + std::to_string(status.hung) + " calls hang";
    if (!status.last_failure.empty()) why += "; the account's last failure: " + status.last_failure;
    end_later(*job, fail(Errc::unavailable, std::move(why)));
    job = queue.erase(job);
  }
}

void Executor::State::pump() {
  for (;;) {
    const MonoTime now = loop.clock().mono();
    drop_impatient(now);
    if (queue.empty()) return;
    if (const auto later = not_before(now)) {
      MonoTime when = *later;
      for (const Job& job : queue) when = std::min(when, job.give_up_at);
      return wake(std::max(when, now + 1ms));
    }
    Job job = std::move(queue.front());
    queue.pop_front();
    if (const auto reason = job.stale ? job.stale() : std::nullopt) {
      end_later(job, fail(Errc::conflict, *reason));
      continue;
    }
    (void)tokens.take(now, 1);
    start(std::move(job));
  }
}

void Executor::State::start(Job job) {
  ++status.calls;
  ++status.running;
  if (status.breaker == BreakerState::open) status.breaker = BreakerState::half_open;
  const auto call = std::make_shared<CallState>();
  const std::uint64_t epoch = breaker_epoch;
  const std::weak_ptr<State> self = weak_from_this();
  call->timer = loop.after(limits.deadline, [self, call, epoch, end = job.end] {
    const auto state = self.lock();
    if (!state || call->answered) return;
    call->timed_out = true;
    --state->status.running;
    state->hang(call);
    ++state->status.timeouts;
    Error error =
        fail(Errc::timeout,
             "no answer within " + std::to_string(millis(state->limits.deadline) / 1000) + " s");
    state->count(error, epoch);
    state->run_soon();
    end(CallOutcome::timed_out, std::move(error));
  });
  job.start([self, call, epoch](const std::optional<Error>& error) -> std::optional<CallOutcome> {
    const auto state = self.lock();
    if (!state || call->answered) return std::nullopt;
    call->answered = true;
    if (call->timed_out) {
      ++state->status.late;
      state->leave(*call);
      return CallOutcome::late;
    }
    state->loop.cancel(call->timer);
    --state->status.running;
    state->count(error, epoch);
    state->run_soon();
    return CallOutcome::given;
  });
}

void Executor::State::count(const std::optional<Error>& error, std::uint64_t epoch) {
  const bool is_probe = status.breaker == BreakerState::half_open && epoch == breaker_epoch;
  const bool is_throttled = error && error->code == Errc::throttled;
  // Of the account it says nothing, not even that it is there: it may never have been sent.
  if (is_throttled && !is_probe) return;
  if (!error || (!is_throttled && !is_of_account(error->code))) {
    if (epoch != breaker_epoch) return;
    failures_in_a_row = 0;
    status.last_failure.clear();
    status.breaker = BreakerState::closed;
    backoff.reset();
    return;
  }
  ++status.failures;
  ++failures_in_a_row;
  status.last_failure = to_string(*error);
  const MonoTime now = loop.clock().mono();
  if (is_probe ||
      (status.breaker == BreakerState::closed && failures_in_a_row >= limits.open_after)) {
    status.breaker = BreakerState::open;
    ++breaker_epoch;
    closed_until = now + backoff.next(random);
  }
}

Executor::Executor(EventLoop& loop, Random& random, ExecutorLimits limits)
    : state_(std::make_shared<State>(loop, random, limits)) {}

Executor::~Executor() {
  state_->loop.cancel(state_->wake_timer);
}

void Executor::enqueue(Urgency urgency, Job job) {
  State& state = *state_;
  if (state.queue.size() >= state.limits.queue) {
    state.end_later(
        job, fail(Errc::exhausted, "the account's queue of " + std::to_string(state.limits.queue) +
                                       " calls is full"));
    return;
  }
  job.give_up_at = state.loop.clock().mono() + state.limits.patience;
  if (urgency == Urgency::urgent) {
    state.queue.push_front(std::move(job));
  } else {
    state.queue.push_back(std::move(job));
  }
  state.run_soon();
}

void Executor::set_limits(const ExecutorLimits& limits) {
  State& state = *state_;
  if (limits.backoff != state.limits.backoff || limits.backoff_most != state.limits.backoff_most) {
    state.backoff = Backoff(limits.backoff, limits.backoff_most);
  }
  state.limits = limits;
  state.tokens.set(state.loop.clock().mono(), limits.calls_per_s, limits.burst);
  state.run_soon();
}

ExecutorStatus Executor::status() const {
  ExecutorStatus status = state_->status;
  status.waiting = state_->queue.size();
  return status;
}

}  // namespace edgeherd::act
