// Reads an archive back: every object under a prefix, its lines counted, held against the
// manifests.
//
// Thread: the loop's. One object is in memory at a time. `done` is called exactly once, on the
// loop, never inline; not at all when the archive was destroyed first.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/archive/archive.h"
#include "common/core/result.h"

namespace edgeherd::archive {

inline constexpr std::size_t max_named_problems = 100;

struct ArchiveSummary {
  std::uint64_t objects = 0;     // segments that are whole
  std::uint64_t lines = 0;       // in them
  std::uint64_t bytes = 0;       // of them, compressed
  std::uint64_t manifests = 0;   // that parse and have no gap
  std::uint64_t verified = 0;    // segments that are exactly as a manifest says
  std::uint64_t lines_lost = 0;  // that manifests own up to
  std::uint64_t bad = 0;         // objects that are damaged, foreign, or not as a manifest says
  std::vector<std::string> problems;  // the first max_named_problems of them, each naming its key
};

// The error is the archive's own (it could not be listed, or an object could not be read at all);
// damaged content is counted in the summary.
using ReadArchiveDone = std::function<void(Result<ArchiveSummary>)>;
void read_archive(LogArchive& archive, std::string key_prefix, ReadArchiveDone done);

}  // namespace edgeherd::archive
