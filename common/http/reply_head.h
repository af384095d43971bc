// Composes the status line and header of a reply. Inside common/http only.
#pragma once

#include <string>

#include "common/core/clock.h"
#include "common/http/message.h"

namespace edgeherd::http {

struct ReplyHead {
  std::size_t body_bytes = 0;
  bool keep_alive = true;
  bool http_10 = false;
};

// Whether a reply of this status carries a body (and a Content-Length).
[[nodiscard]] constexpr bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

// Replaces `out`. False, and nothing usable in `out`, when the status is out of range or a header
// would break the message apart.
[[nodiscard]] bool write_reply_head(std::string& out, const Response& response,
                                    const ReplyHead& facts, WallTime now);

}  // namespace edgeherd::http
