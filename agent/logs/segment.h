// One segment of the access log, as the ledger knows it. Thread: a value type.
#pragma once

#include <cstdint>
#include <string>

namespace edgeherd::logs {

// What compressing a segment tells.
struct Packed {
  std::string date;  // UTC day of the closing, "2026-11-23"
  std::uint64_t lines = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t bytes = 0;  // of the object
  std::string sha256;       // hex, of the object
  std::string md5;          // base64, of the object
};

struct Segment {
  std::uint64_t seq = 0;
  std::uint64_t inode = 0;
  std::uint64_t from = 0;        // the first byte of the file that belongs to it
  std::uint64_t head_bytes = 0;  // how much of the file's beginning was hashed
  std::uint64_t head = 0;        // FNV-1a 64 of that
  bool packed = false;
  Packed pack;            // when packed, or when it has to be packed again just so
  bool pinned = false;    // `pack` says what the object must be
  bool dropped = false;   // its content was given up: an empty segment stands for it
  std::string put_under;  // the key under which it was PUT, or may have been
  bool gone = false;      // from the spool: the archive has it, or nobody
  std::string key;        // when stored
};

}  // namespace edgeherd::logs
