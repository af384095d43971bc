// What time it is for a peer that checks the time in signatures: ours, corrected after a refusal by
// the Date header of the refusal.
//
// Thread: one owner.
#pragma once

#include "common/core/clock.h"
#include "common/http/message.h"

namespace edgeherd::aws {

class PeerClock {
 public:
  [[nodiscard]] WallTime correct(WallTime ours) const { return ours + skew_; }

  // True if the peer's clock is so far from what was believed that signing again may help.
  [[nodiscard]] bool learn(const http::Response& refusal, WallTime ours);

 private:
  Duration skew_{};  // the peer's clock less ours
};

}  // namespace edgeherd::aws
