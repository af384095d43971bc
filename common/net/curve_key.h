// CURVE key pairs: a program's identity on the wire.
//
// Text keys are Z85 (ZeroMQ RFC 32), 40 characters. A key file belongs to its owner alone (mode
// 0600) and is replaced atomically. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "common/core/file_system.h"
#include "common/core/result.h"

namespace edgeherd::net {

struct CurveKeyPair {
  std::string public_key;
  std::string secret_key;
  bool operator==(const CurveKeyPair&) const = default;
};

// Forty characters that decode to 32 bytes.
[[nodiscard]] bool is_curve_key(std::string_view text);

// From libzmq's own entropy. `unavailable` when it has no CURVE.
[[nodiscard]] Result<CurveKeyPair> make_key_pair();

// `machine` is where the pair was made (the provider's instance id), one line, may be empty: a
// cloned disk must not carry an identity to another machine.
Status store_key_pair(FileSystem& files, const std::string& path, const CurveKeyPair& pair,
                      std::string_view machine);

struct StoredKeyPair {
  CurveKeyPair pair;
  std::string machine;
};
// `not_found` without the file; `broken`, naming the file, when it is not one that store_key_pair
// wrote or its halves do not belong together.
[[nodiscard]] Result<StoredKeyPair> load_key_pair(FileSystem& files, const std::string& path);

// The stored pair, unless it was made on another machine than `machine` (empty: not known, then or
// now); else a new one, stored before it is returned. A broken file is an error, never overwritten.
[[nodiscard]] Result<CurveKeyPair> load_or_make_key_pair(FileSystem& files, const std::string& path,
                                                         std::string_view machine);

}  // namespace edgeherd::net
