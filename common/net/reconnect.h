// Reconnect: how long a link waits before it tries again.
//
// Three ends of a connection, three meanings. It was answered and lasted: the coordinator was
// restarted, and all of its agents come back within a few seconds, spread at random. It was
// answered and ended soon after: the coordinator is restarted again and again; waits grow, but not
// beyond `answered_most`, so that it does not stay alone when it is well at last. It was never
// answered (nobody listens, a refused key, a link that holds for a moment only): waits grow up to
// `most`. Every wait is drawn at random from a span at least half as wide as its end. Thread: the
// owner's.
#pragma once

#include "common/core/backoff.h"

namespace edgeherd::net {

class Reconnect {
 public:
  struct Limits {
    Duration first = 2500ms;       // the first wait is uniform in half to all of this ...
    Duration most = 60s;           // ... and its upper bound doubles up to this,
    Duration answered_most = 10s;  // or this, after a connection on which the other end spoke
  };
  enum class Spoke { no, yes };

  explicit Reconnect(Limits limits)
      : limits_(limits),
        unanswered_(limits.first, limits.most),
        answered_(limits.first, limits.answered_most) {}

  // After a connection that lasted for `held`, or an attempt that came to none.
  [[nodiscard]] Duration wait(Spoke spoke, Duration held, Random& random);

 private:
  Limits limits_;
  Backoff unanswered_;
  Backoff answered_;
};

}  // namespace edgeherd::net
