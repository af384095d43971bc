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

  // What correct() adds now: the peer's clock less ours.
  [[nodiscard]] Duration skew() const { return skew_; }

  // True if the peer's clock is so far from what the refused request was signed with that signing
  // again may help. `signed_with` is the skew of then: another refusal may have taught more since.
  [[nodiscard]] bool learn(const http::Response& refusal, WallTime ours, Duration signed_with);

 private:
  Duration skew_{};
};

}  // namespace edgeherd::aws
