// Checks: runs the configured checks on the loop, each in its own period, and remembers what they
// found.
//
// A check runs at once when it is configured, more often than its period until it has passed for
// the first time (a new node waits for that), and never twice at a time. One that does not answer
// in its time-out fails. A result that is older than three periods and a time-out counts as
// unknown. Thread: the loop's. The loop, the prober and what `worker` gives outlive this object.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/collect/prober.h"
#include "agent/health/check.h"
#include "common/core/event_loop.h"

namespace edgeherd::agent {

enum class HealthVerdict {
  healthy,   // every check passes
  degraded,  // none fails, but some that passed before cannot be evaluated now
  bad,       // at least one fails
  unknown,   // none fails, but some never had an answer
};
[[nodiscard]] std::string_view to_string(HealthVerdict verdict);

struct Health {
  std::vector<CheckState> checks;  // in the order of the configuration
  HealthVerdict verdict = HealthVerdict::unknown;
  bool ready = false;                // every check passes or, being unknown now, passed last
  std::vector<std::string> failing;  // names of the checks that stand in the way of `ready`
};

struct CheckSeams {
  EventLoop& loop;
  Prober& prober;
  std::function<Worker&()> worker;  // called when the first check needs one
  std::string root = "/";
};

class Checks {
 public:
  explicit Checks(CheckSeams seams);
  ~Checks();
  Checks(const Checks&) = delete;
  Checks& operator=(const Checks&) = delete;

  // Replaces all checks. One that is configured exactly as before keeps its state and its rhythm.
  // No checks at all: ready and healthy.
  void configure(std::vector<CheckSpec> specs);

  [[nodiscard]] Health health(MonoTime now) const;

  static constexpr Duration unproven_period{500ms};  // if the configured one is longer

  // Called after each change of an outcome, with the check's new state.
  void on_change(std::function<void(const CheckState&)> handler) {
    on_change_ = std::move(handler);
  }

 private:
  struct Entry;

  void start(const std::shared_ptr<Entry>& entry);
  void schedule(const std::shared_ptr<Entry>& entry);
  void run_http(const std::shared_ptr<Entry>& entry, const HttpCheck& check);
  void run_disk_free(const std::shared_ptr<Entry>& entry, const DiskFreeCheck& check);
  void finish(const std::shared_ptr<Entry>& entry, Finding finding);

  CheckSeams seams_;
  std::vector<std::shared_ptr<Entry>> entries_;
  std::function<void(const CheckState&)> on_change_;
};

}  // namespace edgeherd::agent
