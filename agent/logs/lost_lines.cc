#include "agent/logs/lost_lines.h"

#include <algorithm>

namespace edgeherd::logs {

namespace {

std::int64_t finished_of(const StubReading& stub) {
  return static_cast<std::int64_t>(stub.requests) - static_cast<std::int64_t>(stub.probes) -
         static_cast<std::int64_t>(stub.in_flight);
}

}  // namespace

void LostLines::observe(MonoTime now, const StubReading& stub, std::uint64_t lines) {
  const bool restarted = last_ && stub.requests < last_->requests;
  if (!last_ || restarted) {
    settled_ += current_;
    current_ = 0;
    points_.clear();
    // A nginx that was seen to restart began at 0 after the last reading; one that was there before
    // us began unseen. Lines of the old one that come this late are taken for the new one's: that
    // can hide a loss, never invent one.
    baseline_ = restarted ? -static_cast<std::int64_t>(last_->probes) : finished_of(stub);
    lines_baseline_ = restarted ? last_lines_ : lines;
  }
  last_ = stub;
  last_lines_ = lines;
  points_.push_back({now, finished_of(stub) - baseline_});
  const auto logged = static_cast<std::int64_t>(lines - lines_baseline_);
  while (!points_.empty() && now - points_.front().at >= lag_) {
    const std::int64_t bound = points_.front().finished - logged;
    current_ = std::max(current_, static_cast<std::uint64_t>(std::max<std::int64_t>(bound, 0)));
    points_.pop_front();
  }
}

}  // namespace edgeherd::logs
