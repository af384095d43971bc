// Executor: the calls to one provider account, bounded in number, rate and time.
//
// All zones of an account share one. Jobs wait in order (urgent ones in front) for a free slot, a
// token of the rate budget and a closed circuit breaker; their precondition is asked again just
// before the call. Every job ends in exactly one CallOutcome, and possibly one late answer after
// it.
//
// The breaker opens after `open_after` failures in a row of the account itself (unavailable,
// timeout, broken; never out_of_stock, not_found, conflict, invalid), and after a back-off lets one
// call through as a probe. `throttled` neither counts in such a row nor ends it, and stops no other
// call: a cloud may count each kind of call in each region by itself, and its provider keeps to that.
//
// Thread: the loop's. Destroying it drops what waits; answers of calls under way are then ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/core/event_loop.h"
#include "common/core/random.h"
#include "common/core/result.h"

namespace edgeherd::act {

struct ExecutorLimits {
  std::size_t concurrency = 8;
  double calls_per_s = 4;
  double burst = 20;
  std::size_t queue = 1000;
  Duration deadline = 60s;  // of one call
  // A call that timed out keeps its place until it is answered, or for so long since its start.
  Duration hung_most = 3min;
  Duration patience = 60s;  // in the queue; longer is `unavailable`
  int open_after = 5;
  Duration backoff = 2s;        // doubles while the probe fails
  Duration backoff_most = 30s;  // so late the end of an outage is seen
};

enum class CallOutcome {
  given,        // the provider's own, good or bad
  timed_out,    // past the deadline: it may or may not have happened
  late,         // the provider's own, after timed_out
  not_started,  // precondition gone, queue full, or patience over: nothing was asked
};

enum class Urgency { normal, urgent };

enum class BreakerState { closed, open, half_open };
[[nodiscard]] std::string_view to_string(BreakerState state);

struct ExecutorStatus {
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::size_t hung = 0;  // timed out, not answered yet, still in a place
  BreakerState breaker = BreakerState::closed;
  std::string last_failure;  // of the account itself; empty after a success
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t late = 0;
  std::uint64_t not_started = 0;
};

class Executor {
 public:
  // A reason if the job must not be started any more.
  using Stale = std::function<std::optional<std::string>()>;
  template <class R>
  using Call = std::function<void(std::function<void(R)>)>;
  template <class R>
  using Done = std::function<void(CallOutcome, R)>;

  Executor(EventLoop& loop, Random& random, ExecutorLimits limits);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // R is Status or a Result. `done` runs on the loop, never inline.
  template <class R>
  void submit(Urgency urgency, Stale stale, Call<R> call, Done<R> done) {
    auto answered = std::make_shared<Done<R>>(std::move(done));
    Job job;
    job.stale = std::move(stale);
    job.start = [call = std::move(call), answered](Finished finished) {
      call([answered, finished](R result) {
        const std::optional<Error> error =
            result.ok() ? std::nullopt : std::optional(result.error());
        if (const auto answer = finished(error)) (*answered)(*answer, std::move(result));
      });
    };
    job.end = [answered](CallOutcome answer, Error error) {
      (*answered)(answer, R(std::move(error)));
    };
    enqueue(urgency, std::move(job));
  }

  // From now on. Calls under way and jobs that wait keep the times that they were given.
  void set_limits(const ExecutorLimits& limits);
  [[nodiscard]] ExecutorStatus status() const;

 private:
  // Told once per call: how the answer counts, or nothing if it is to be ignored.
  using Finished = std::function<std::optional<CallOutcome>(const std::optional<Error>&)>;
  struct Job {
    Stale stale;
    std::function<void(Finished)> start;
    std::function<void(CallOutcome, Error)> end;
    MonoTime give_up_at{};
  };
  struct State;
  void enqueue(Urgency urgency, Job job);

  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::act
