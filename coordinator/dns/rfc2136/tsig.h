// TSIG, RFC 8945: a message and its reply signed with a key that both ends have.
//
// Algorithms: hmac-sha256, hmac-sha384, hmac-sha512. The older ones (MD5, SHA-1) are refused.
// Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/result.h"
#include "coordinator/dns/rfc2136/message.h"

namespace edgeherd::dns {

enum class TsigAlgorithm { hmac_sha256, hmac_sha384, hmac_sha512 };
[[nodiscard]] std::string_view to_string(TsigAlgorithm algorithm);

struct TsigKey {
  std::string name;  // no trailing dot
  TsigAlgorithm algorithm = TsigAlgorithm::hmac_sha256;
  std::string secret;  // the bytes
};

// A key in the form that tsig-keygen writes and name servers read:
//   key "edgeherd" { algorithm hmac-sha256; secret "c2VjcmV0..."; };
// `invalid` with file, line and what is wrong; the secret is never in it.
[[nodiscard]] Result<TsigKey> parse_key_file(const std::string& file, std::string_view text);

inline constexpr std::uint16_t tsig_fudge_s = 300;

struct Signed {
  std::string bytes;
  std::string mac;  // to verify the reply with
};
// `message` as encode() gave it.
[[nodiscard]] Signed sign(std::string_view message, const TsigKey& key, WallTime now);

// That the reply is signed with the key, answers the request of that MAC and is of this time.
// `refused` when the server names a reason (a key or time that it does not accept), or does not
// sign; `broken` when the signature is wrong. `message` is `reply` as decode() gave it.
[[nodiscard]] Status verify(std::string_view reply, const DnsMessage& message, const TsigKey& key,
                            std::string_view request_mac, WallTime now);

}  // namespace edgeherd::dns
