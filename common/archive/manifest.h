// manifest.json: a node's last word about what it stored.
//
//   { "version": 1, "node": "n1", "lines_lost": 0,
//     "segments": [ { "seq": 1, "key": "...", "lines": 10, "bytes": 123, "sha256": "<hex>" } ] }
//
// It comes from a node, so nothing in it is believed: sizes are bounded, missing members are
// errors, and the coordinator compares it with what it verified itself. Members that it does not
// know are ignored, as on the wire: an agent may be newer. Thread: safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::archive {

// As much as one PUT may bring, and so many segments of 270 bytes: agents rotate more seldom as
// they come near (agent/logs/shipper.h), so that no node lives long enough to pass it.
inline constexpr std::size_t max_manifest_bytes = 64 * 1024 * 1024;
inline constexpr std::size_t max_manifest_segments = 240'000;
inline constexpr std::uint64_t max_manifest_number = std::uint64_t{1} << 53;  // exact in any JSON

struct ManifestSegment {
  std::uint64_t seq = 0;
  std::string key;
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;  // of the object as stored
  std::string sha256;       // hex, of the object as stored

  friend bool operator==(const ManifestSegment&, const ManifestSegment&) = default;
};

struct Manifest {
  std::string node;
  std::vector<ManifestSegment> segments;
  std::uint64_t lines_lost = 0;  // known to be lost since the node's first line

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

// `invalid` names the member that is wrong; `exhausted` when it is over a limit.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json);
[[nodiscard]] std::string to_json(const Manifest& manifest);

// Are the segments numbered 1 to n with none missing and none twice, each under a key of its own,
// and is it `node`'s? The error is `conflict` and names the first that is not so.
[[nodiscard]] Status check_manifest(const Manifest& manifest, std::string_view node);

}  // namespace edgeherd::archive
