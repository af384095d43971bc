// The record of why: each zone's decision as JSON, written when it changes and now and then.
//
// { "schema": 1, "zone", "shadow", "in_service", "coming", "leaving", "desired", "proposal",
//   "requests_per_s", "cpu", "egress_bits_per_s", "disk_busy", "p99_s" (null: not known),
//   "latency_requests", "latency_high", "without_data", "lent", "borrowed", "cost_per_hour",
//   "outcome", "steps": [ { "name", "from", "to", "text" } ], "actions": [ { "kind", "node",
//   "cause", "verb", "reasons": [ { "text", "age_ms" } ],
//                  of launches "place", "size", "price_per_hour", "spilled_for" } ],
//   "withheld": [ { "brake", "text", "action": { as above } } ],
//   "left_out": actions and withheld ones beyond the size limit }
//
// With the decisions of one tick goes one snapshot of what they were made of, so that they can be
// made again (coordinator/evidence).
//
// Private to coordinator/act, but for decision_body and price_json, which the API uses too. Thread:
// the loop's.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "coordinator/act/seams/history.h"
#include "coordinator/decide/plan.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::act {

inline constexpr std::size_t most_record_bytes = 64 * 1024;

// Pure. At most `limit` bytes: lists are cut from their end until it fits.
[[nodiscard]] std::string decision_body(const decide::ZoneDecision& zone, const decide::Plan& plan,
                                        const model::Policy& policy, std::size_t limit);

// One action as the record has it. Pure.
[[nodiscard]] boost::json::object action_json(const decide::Action& action);

// Null: not known. Pure.
[[nodiscard]] boost::json::value price_json(const std::optional<model::Price>& price);

struct RecordLimits {
  Duration period = 60s;                               // a decision is recorded at least so often
  std::size_t decision_bytes = most_record_bytes;      // longer lists are cut, and say so
  std::size_t snapshot_bytes = std::size_t{16} << 20;  // larger ones are left out; 0: none
};

class Recorder {
 public:
  Recorder(History& history, RecordLimits limits) : history_(history), limits_(limits) {}

  // `fleet` as it was when `plan` was made of it.
  void record(const decide::Plan& plan, const model::Fleet& fleet, const model::Policy& policy,
              MonoTime now, WallTime wall);

 private:
  History& history_;
  const RecordLimits limits_;
  std::map<ZoneId, std::string> fingerprints_;  // of the newest record
  std::optional<MonoTime> all_recorded_at_;
};

}  // namespace edgeherd::act
