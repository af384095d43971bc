// Digests and the few encodings that go with them, over OpenSSL.
//
// Text digests are of whole inputs; Digest is for what does not fit into memory. None of these can
// fail on valid input: OpenSSL refusing a digest it was built with is a defect and stops the
// program. Thread: free functions are safe from any thread; a Digest has one owner.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::crypto {

// Raw bytes of a digest, 16 (MD5) or 32 (SHA-256) of them. MD5 serves Content-MD5 alone: it finds
// transmission errors, it proves nothing.
[[nodiscard]] std::string sha256(std::string_view bytes);
[[nodiscard]] std::string md5(std::string_view bytes);
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view bytes);
[[nodiscard]] std::string hmac_sha384(std::string_view key, std::string_view bytes);
[[nodiscard]] std::string hmac_sha512(std::string_view key, std::string_view bytes);

// Lower case.
[[nodiscard]] std::string to_hex(std::string_view bytes);
// Either case; `invalid` on an odd length or another character.
[[nodiscard]] Result<std::string> from_hex(std::string_view text);
// As to_hex() writes a SHA-256.
[[nodiscard]] bool is_sha256_hex(std::string_view text);
// RFC 4648 section 4, padded, no line breaks.
[[nodiscard]] std::string to_base64(std::string_view bytes);
// `invalid` unless it is exactly what to_base64 could have written.
[[nodiscard]] Result<std::string> from_base64(std::string_view text);

// True if both are the same; takes the same time wherever they differ. Lengths are no secret.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b);

enum class DigestKind { sha256, md5 };

// A digest of bytes that come in pieces.
class Digest {
 public:
  explicit Digest(DigestKind kind);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void update(std::string_view bytes);
  // The raw digest of everything since construction or the last finish(), then starts afresh.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace edgeherd::crypto
