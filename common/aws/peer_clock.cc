#include "common/aws/peer_clock.h"

#include "common/http/http_date.h"

namespace edgeherd::aws {

namespace {

// Peers refuse from 5 or 15 minutes on. Below a minute the clock is not what was wrong.
constexpr Duration tolerated_skew = 1min;

}  // namespace

bool PeerClock::learn(const http::Response& refusal, WallTime ours, Duration signed_with) {
  const auto theirs = http::parse_http_date(http::header(refusal.headers, "Date"));
  if (!theirs) return false;
  const Duration skew = *theirs - ours;
  if (std::chrono::abs(skew - signed_with) <= tolerated_skew) return false;
  skew_ = std::chrono::abs(skew) <= tolerated_skew ? Duration{} : skew;
  return true;
}

}  // namespace edgeherd::aws
