// The record of why: each zone's decision as JSON, written when it changes and now and then.
//
// { "schema": 1, "zone", "shadow", "in_service", "coming", "leaving", "desired", "proposal",
//   "requests_per_s", "cpu", "egress_bits_per_s", "disk_busy", "p99_s" (null: not known),
//   "latency_requests", "latency_high", "without_data", "outcome",
//   "steps": [ { "name", "from", "to", "text" } ],
//   "actions": [ { "kind", "node", "cause", "verb", "reasons": [ { "text", "age_ms" } ] } ],
//   "withheld": [ { "brake", "text", "action": { as above } } ],
//   "left_out": actions and withheld ones beyond the size limit }
//
// Private to coordinator/act, but for decision_body, which the API uses too. Thread: the loop's.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "coordinator/act/state_store.h"
#include "coordinator/decide/plan.h"
#include "coordinator/model/policy.h"

namespace edgeherd::act {

inline constexpr std::size_t most_record_bytes = 64 * 1024;

// Pure. At most `limit` bytes: lists are cut from their end until it fits.
[[nodiscard]] std::string decision_body(const decide::ZoneDecision& zone, const decide::Plan& plan,
                                        const model::Policy& policy, std::size_t limit);

class Recorder {
 public:
  Recorder(History& history, Duration period, std::size_t limit)
      : history_(history), period_(period), limit_(limit) {}

  void record(const decide::Plan& plan, const model::Policy& policy, MonoTime now, WallTime wall);

 private:
  struct Last {
    std::string fingerprint;
    MonoTime at{};
  };
  History& history_;
  Duration period_;
  std::size_t limit_;
  std::map<ZoneId, Last> last_;
};

}  // namespace edgeherd::act
