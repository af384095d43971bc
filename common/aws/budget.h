// The rate of one kind of call to one service, shared by all who use the account here.
//
// AWS keeps buckets of tokens and refuses what finds them empty. This is the same bucket on our
// side, so that calls wait here, in order, instead of being refused there. Thread: the loop's. What
// waits is dropped with the budget.
#pragma once

#include <deque>
#include <functional>

#include "common/core/event_loop.h"
#include "common/core/token_bucket.h"

namespace edgeherd::aws {

struct Rate {
  double per_s = 1;
  double burst = 1;
};

enum class Entry { taken, too_long };

class Budget {
 public:
  Budget(EventLoop& loop, Rate rate);
  ~Budget();
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // Runs `work` now or as soon as its turn comes. `too_long`: that would be later than in `most`;
  // `work` is then not kept.
  [[nodiscard]] Entry enter(Duration most, std::function<void()> work);
  // The cloud's bucket is empty, whatever ours says: others use the account, too.
  void exhausted();

 private:
  void wait();
  void run_ready();

  EventLoop& loop_;
  const Rate rate_;
  TokenBucket bucket_;
  std::deque<std::function<void()>> waiting_;
  TimerId timer_ = TimerId::none;
};

}  // namespace edgeherd::aws
