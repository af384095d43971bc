// Outbox: what every notification target has in common, whatever carries the message.
//
// A record passes the target's threshold, is not told again within `repeat_after` (the next telling
// says how often it came meanwhile), waits in a bounded queue for the rate budget, and is delivered
// one at a time with a bounded number of attempts. What does not get through is counted. What
// agents say waits in a queue of its own, behind what the coordinator itself has to tell: no agent
// can keep that from people.
//
// Thread: the loop's. Destroying it drops the queue; answers of a delivery under way are ignored.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/core/event_loop.h"
#include "common/core/random.h"
#include "coordinator/act/seams/notifier.h"

namespace edgeherd::notify {

struct OutboxRules {
  model::Severity min_severity = model::Severity::warning;
  Duration repeat_after = 5min;  // the same code, node and zone
  double per_minute = 60;        // deliveries, retries included
  double burst = 20;
  int attempts = 6;       // per record
  Duration backoff = 1s;  // doubles, with jitter
  Duration backoff_most = 60s;
  std::size_t queue = 256;  // of each of the two; further records are dropped and counted
};

struct OutboxCounters {
  std::uint64_t delivered = 0;
  std::uint64_t attempts_failed = 0;
  std::uint64_t given_up = 0;  // records lost after all attempts
  std::uint64_t dropped = 0;   // the queue was full
  std::uint64_t repeated = 0;  // told once for several
  std::size_t waiting = 0;     // in both
  std::string last_failure;    // empty after a success
};

class Outbox final : public act::Notifier {
 public:
  // Carries one JSON document out; `done` exactly once, on the loop, never inline. Errors that
  // another attempt cannot change (`invalid`, `refused`) end the record.
  using Deliver = std::function<void(std::string body, std::function<void(Status)> done)>;

  // `fleet` is told in every message. loop and random outlive the outbox.
  Outbox(EventLoop& loop, Random& random, std::string fleet, OutboxRules rules, Deliver deliver);
  ~Outbox() override;

  void notify(const act::EventRecord& record) override;
  // The target as it is from now on, for what waits, too: it is tried anew. A delivery under way
  // ends as it began; one that fails then is the new target's.
  void change(OutboxRules rules, Deliver deliver);
  [[nodiscard]] const OutboxCounters& counters() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// {"schema":1,"fleet":..,"number":..,"at":"..Z","severity":..,"code":..,"text":..,"node":..,"zone":..,
//  "repeated":n}; node and zone are null when the record has none.
[[nodiscard]] std::string message_body(const std::string& fleet, const act::EventRecord& record,
                                       std::uint64_t repeated);

}  // namespace edgeherd::notify
