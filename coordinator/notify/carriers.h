// What carries a notification out: an HTTP POST, or a program. Both fit Outbox::Deliver.
//
// Thread: the loop's. client, clock and io outlive what is returned.
#pragma once

#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/event_loop.h"
#include "common/http/client.h"
#include "coordinator/notify/outbox.h"

namespace edgeherd::notify {

struct Webhook {
  std::string url;
  http::Headers headers;  // in addition to Content-Type
  std::string secret;     // empty: unsigned
  Duration deadline = 10s;
};

// Success is any 2xx. A 4xx other than 408, 425 and 429 is `refused`: another attempt cannot help.
// Errors name the host, and nothing else of the URL: the rest may be a secret.
// With a secret the request carries a header, so that the receiver can refuse forged and replayed
// ones:
//   X-Edgeherd-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "<t>." + body)>
[[nodiscard]] Outbox::Deliver webhook(http::Client& client, const Clock& clock, Webhook target);

struct Program {
  std::vector<std::string> argv;  // no shell; the JSON comes on standard input
  Duration deadline = 30s;
};

// Success is exit code 0. Standard output and error of a failure end up in the reported reason.
[[nodiscard]] Outbox::Deliver program(boost::asio::io_context& io, EventLoop& loop, Program target);

[[nodiscard]] std::string signature(const std::string& secret, long long unix_seconds,
                                    std::string_view body);

}  // namespace edgeherd::notify
