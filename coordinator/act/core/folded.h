// Folded: many stored log segments of one node as one row, so that a node that lives long costs
// little: how many, and a running digest over what was confirmed of each.
//
// The digest proves as much as the rows did: a manifest that differs in one field of one segment
// gives another digest. Private to coordinator/act. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/ids.h"
#include "common/core/result.h"
#include "coordinator/act/core/durable.h"

namespace edgeherd::act {

// Table::folded, by node: segments `from` to `through`, all of them stored and verified.
struct Folded {
  NodeId node;
  std::uint64_t from = 0;     // 0: none
  std::uint64_t through = 0;  // 0: none
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::string digest;  // of all up to `through`, in order; hex

  [[nodiscard]] bool has(std::uint64_t seq) const {
    return from != 0 && seq >= from && seq <= through;
  }
  [[nodiscard]] std::uint64_t segments() const { return from == 0 ? 0 : through - from + 1; }
};

// The digest after one more segment: SHA-256 over the one before it and the segment's fields.
[[nodiscard]] std::string fold_digest(const std::string& before, std::uint64_t seq,
                                      const std::string& key, const std::string& sha256,
                                      std::uint64_t lines, std::uint64_t bytes);
// Takes the next segment in. It is `through` + 1, or the first.
void fold(Folded& into, const Segment& segment);

[[nodiscard]] std::string folded_body(const Folded& folded);
[[nodiscard]] Result<Folded> read_folded(const std::string& key, std::string_view body);

}  // namespace edgeherd::act
