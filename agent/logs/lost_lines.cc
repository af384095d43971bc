#include "agent/logs/lost_lines.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace edgeherd::logs {

namespace {

std::int64_t ended_of(const StubReading& stub) {
  return static_cast<std::int64_t>(stub.requests) - static_cast<std::int64_t>(stub.probes) -
         static_cast<std::int64_t>(stub.in_flight);
}

// As far back as the rate of unlogged requests is learnt.
constexpr Duration usual_window = 60s;

}  // namespace

void LostLines::observe(MonoTime now, const StubReading& stub, const LinesUntil& lines_until,
                        DiskRoom room) {
  if (last_ && stub.requests < last_->requests) begin_anew(now);
  last_ = stub;
  last_lines_ = lines_until(std::numeric_limits<std::uint64_t>::max());
  note(room, now);
  points_.push_back({now, stub.unix_ms, ended_of(stub)});
  while (now - points_.front().at >= lag_) {
    const Point point = points_.front();
    points_.pop_front();
    take(point.at, point.ended - static_cast<std::int64_t>(lines_until(point.unix_ms)));
  }
  // Two lags: the readings of the full disk have left the queue, and what nginx held is written.
  if (room_since_ && now - *room_since_ >= 2 * lag_) settle();
}

// nginx counts from 0 again, our probes and the lines go on. Lines of the old one that come this
// late are taken for the new one's: that can hide a loss, never invent one.
void LostLines::begin_anew(MonoTime now) {
  settled_ += current_;
  current_ = 0;
  points_.clear();
  usual_.clear();
  const auto before = static_cast<std::int64_t>(last_->probes + last_lines_);
  usual_.push_back({now, -before});
}

void LostLines::note(DiskRoom room, MonoTime now) {
  if (room == DiskRoom::full) {
    if (!full_since_) full_since_ = now;
    room_since_.reset();
  } else if (full_since_ && !room_since_) {
    room_since_ = now;
  }
}

// Who begins on a full disk takes what is missing then for usual: it has nothing else to go by.
void LostLines::take(MonoTime at, std::int64_t missing) {
  if (!full_since_ || usual_.empty()) return learn(at, missing);
  const std::int64_t lost = std::max<std::int64_t>(missing - unlogged(at), 0);
  current_ = std::max(current_, static_cast<std::uint64_t>(lost));
}

void LostLines::learn(MonoTime at, std::int64_t missing) {
  usual_.push_back({at, missing});
  while (at - usual_.front().at > usual_window) usual_.pop_front();
}

void LostLines::settle() {
  settled_ += current_;
  current_ = 0;
  full_since_.reset();
  room_since_.reset();
  usual_.clear();  // what was lost is missing from now on: it must not be learnt as usual
}

// The unlogged requests to be expected among the missing ones at that time: they go on as in the
// newer half of what is known. In its first seconds a server is asked more often than ever after.
std::int64_t LostLines::unlogged(MonoTime at) const {
  const Missing& first = usual_[usual_.size() / 2];
  const Missing& last = usual_.back();
  const double span_s = seconds(last.at - first.at);
  const double rate = span_s > 0 ? static_cast<double>(last.requests - first.requests) / span_s : 0;
  const double expected = std::max(rate, 0.0) * std::max(seconds(at - last.at), 0.0);
  return last.requests + static_cast<std::int64_t>(std::ceil(expected));
}

}  // namespace edgeherd::logs
