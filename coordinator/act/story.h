// Stories: what makes up each node's life, handed to the history line by line, and a closing record
// when it is gone, so that a month later one question answers who, why, and from what.
//
// Notes about a node are lines already (history.h); here are the decisions with their reasons and
// what was known of the node then, and the answers that leave no note. Private to coordinator/act.
// Thread: the loop's.
//
// details of a decision: { "cause", "verb", "reasons": [ { "text", "age_ms" } ], "known": { ... } }
// the closing record: { "schema": 1, "provider", "origin", "vm", "address", "image",
//   "image_version", "size", "cause", "text", "known": { ... },
//   "logs": { "segments", "lines", "bytes", "lines_lost", "given_up", "manifest",
//             "newest": [ { "seq", "key", "lines", "bytes", "sha256" } ] } }
#pragma once

#include <cstddef>
#include <string>

#include <boost/json/object.hpp>

#include "common/archive/archive.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/logs/uploads.h"
#include "coordinator/decide/plan.h"

namespace edgeherd::act {

// Segments that a closing record names one by one; the manifest has them all.
inline constexpr std::size_t most_told_segments = 100;

class Stories {
 public:
  // Both outlive it.
  Stories(Core& core, const archive::LogArchive& archive) : core_(core), archive_(archive) {}

  // An action that is about to be carried out, with its node. Only steps of the node's life are
  // told, not what is repeated within one.
  void decided(const decide::Action& action);
  // After the event was folded.
  void saw(const model::Event& event);
  // A node that left the fleet, as it last was, and what is stored of it.
  void ended(const model::Node& node, const Uploads& uploads);

 private:
  void tell(const model::Node& node, const char* what, std::string text);

  Core& core_;
  const archive::LogArchive& archive_;
};

// What the witnesses said of a node, with the age of each word in milliseconds. Pure.
[[nodiscard]] boost::json::object known_of(const model::Node& node, MonoTime now);

}  // namespace edgeherd::act
