// ArchiveCheck: the coordinator's own proof that a node's logs are stored, before it may go.
//
// The manifest is read, its numbers have no gap, each of its segments has the key that we would
// have given, agrees with what we noted when it was stored, and is verified in the archive
// once more, a few at a time; and no row of ours is missing in it. The first thing that is wrong
// ends the check.
// Private to coordinator/act. Thread: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/archive/archive.h"
#include "coordinator/act/logs/uploads.h"
#include "coordinator/act/logs/verifications.h"
#include "coordinator/model/node.h"

namespace edgeherd::act {

struct ArchiveTotals {
  std::uint64_t objects = 0;
  std::uint64_t lines = 0;
  std::uint64_t lost_lines = 0;
};

struct ArchiveCheck {
  using Done = std::function<void(Result<ArchiveTotals>)>;
  static constexpr std::size_t at_once = 8;  // objects of one node that are verified together
  // The archive and the verifications live as long as `owner` does; `done` runs once, unless
  // `owner` is gone by then.
  static void run(std::weak_ptr<void> owner, archive::LogArchive& archive,
                  Verifications& verifications, const model::Node& node, Uploads::Rows rows,
                  Folded folded, std::size_t most_bytes, Done done);
};

// Provider, zone and node as parts of a key.
[[nodiscard]] archive::NodePath archive_path(const model::Node& node);
// The key that segment `seq` of this node must have (0: the manifest), the date taken from `key`.
[[nodiscard]] Result<std::string> expected_key(const archive::LogArchive& archive,
                                               const model::Node& node, std::uint64_t seq,
                                               const std::string& key);

}  // namespace edgeherd::act
