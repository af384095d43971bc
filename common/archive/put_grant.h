// The signed PUT of the file archive: what its URL says, and how it is signed and checked.
//
//   PUT /v1/archive/<key>?expires=<unix s>&overwrite=forbid|allow
//       &bytes=<n>&sha256=<hex>&signature=<hex>
//   Content-MD5: <base64>
//   If-None-Match: *            (with overwrite=forbid)
//
// signature = HMAC-SHA256(secret, "edgeherd archive put v1", key, expires, overwrite, bytes,
// sha256, md5, joined by line feeds). A key holds no line feed, so no two grants read alike.
// Thread: safe from any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/archive/archive.h"
#include "common/http/message.h"

namespace edgeherd::archive {

inline constexpr std::string_view endpoint_path = "/v1/archive/";
inline constexpr std::size_t min_secret_bytes = 32;

// The grant for a spec that check_put() accepted. `public_url`: "http://host:port", as nodes reach
// it.
[[nodiscard]] Grant sign_file_put(const PutSpec& spec, std::string_view public_url,
                                  std::string_view secret, WallTime now);

// The spec that a request was signed for (validity is what is left of it). The error is `refused`
// with the reason: malformed, not ours, expired. The body is not looked at.
[[nodiscard]] Result<PutSpec> check_file_put(const http::Request& request, std::string_view secret,
                                             WallTime now);

}  // namespace edgeherd::archive
