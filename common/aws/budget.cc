#include "common/aws/budget.h"

#include <algorithm>
#include <utility>

namespace edgeherd::aws {

namespace {

// A timer that is due must find the token there, whatever rounding does.
constexpr Duration margin = 1ms;

}  // namespace

Budget::Budget(EventLoop& loop, Rate rate)
    : loop_(loop), rate_(rate), bucket_(rate.per_s, rate.burst) {}

Budget::~Budget() {
  loop_.cancel(timer_);
}

Entry Budget::enter(Duration most, std::function<void()> work) {
  const MonoTime now = loop_.clock().mono();
  if (waiting_.empty() && bucket_.take(now, 1)) {
    work();
    return Entry::taken;
  }
  const double missing = static_cast<double>(waiting_.size()) + 1 - bucket_.available(now);
  if (from_seconds(missing / rate_.per_s) > most) return Entry::too_long;
  waiting_.push_back(std::move(work));
  if (waiting_.size() == 1) wait();
  return Entry::taken;
}

void Budget::exhausted() {
  const MonoTime now = loop_.clock().mono();
  (void)bucket_.take(now, bucket_.available(now));
}

void Budget::wait() {
  const double missing = 1 - bucket_.available(loop_.clock().mono());
  timer_ = loop_.after(std::max(Duration{}, from_seconds(missing / rate_.per_s)) + margin,
                       [this] { run_ready(); });
}

// One at a time: `work` may enter another, or end this.
void Budget::run_ready() {
  timer_ = TimerId::none;
  if (!bucket_.take(loop_.clock().mono(), 1)) return wait();
  const auto work = std::move(waiting_.front());
  waiting_.pop_front();
  if (!waiting_.empty()) wait();
  work();
}

}  // namespace edgeherd::aws
