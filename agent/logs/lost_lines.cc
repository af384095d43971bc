#include "agent/logs/lost_lines.h"

#include <algorithm>
#include <cmath>

namespace edgeherd::logs {

namespace {

std::int64_t finished_of(const StubReading& stub) {
  return static_cast<std::int64_t>(stub.requests) - static_cast<std::int64_t>(stub.probes) -
         static_cast<std::int64_t>(stub.in_flight);
}

// As far back as the rate of unlogged requests is learnt.
constexpr Duration usual_window = 60s;

}  // namespace

void LostLines::observe(MonoTime now, const StubReading& stub, std::uint64_t lines, DiskRoom room) {
  const bool restarted = last_ && stub.requests < last_->requests;
  if (!last_ || restarted) begin(stub, restarted);
  last_ = stub;
  last_lines_ = lines;
  if (room == DiskRoom::full) {
    if (!full_since_) full_since_ = now;
    room_since_.reset();
    lowest_since_room_.reset();
  } else if (full_since_ && !room_since_) {
    room_since_ = now;
  }
  points_.push_back({now, finished_of(stub) - baseline_});
  const auto logged = static_cast<std::int64_t>(lines - lines_baseline_);
  if (!full_since_) learn(now, points_.back().finished - logged);
  while (!points_.empty() && now - points_.front().at >= lag_) {
    const std::int64_t missing = points_.front().finished - logged;
    const MonoTime at = points_.front().at;
    points_.pop_front();
    if (!full_since_) continue;
    const std::int64_t lost = missing - unlogged(at);
    current_ = std::max(current_, static_cast<std::uint64_t>(std::max<std::int64_t>(lost, 0)));
  }
  if (room_since_ && now - *room_since_ >= lag_) {
    const std::int64_t beyond = points_.back().finished - logged - unlogged(now);
    lowest_since_room_ = std::min(lowest_since_room_.value_or(beyond), beyond);
  }
  // Two lags: the readings of the full disk have left the queue, and what nginx held is written.
  if (room_since_ && now - *room_since_ >= 2 * lag_) settle();
}

// A nginx that was seen to restart began at 0 after the last reading; one that was there before us
// began unseen: what was counted when it was asked goes with it, or lines read since would be
// missing for ever. Lines of the old one that come this late are taken for the new one's: that can
// hide a loss, never invent one.
void LostLines::begin(const StubReading& stub, bool restarted) {
  settled_ += current_;
  current_ = 0;
  points_.clear();
  usual_.clear();
  baseline_ = restarted ? -static_cast<std::int64_t>(last_->probes) : finished_of(stub);
  lines_baseline_ = restarted ? last_lines_ : stub.lines;
}

void LostLines::settle() {
  // Under traffic what the lag hides is as much as was lost; what had no lag has the end of it.
  const std::int64_t beyond = std::max<std::int64_t>(lowest_since_room_.value_or(0), 0);
  settled_ += std::max(current_, static_cast<std::uint64_t>(beyond));
  lowest_since_room_.reset();
  current_ = 0;
  full_since_.reset();
  room_since_.reset();
  usual_.clear();  // what was lost is missing from now on: it must not be learnt as usual
}

// There are never less than none: lines that were read after nginx had counted make it look so, and
// as many would count as lost later.
void LostLines::learn(MonoTime at, std::int64_t missing) {
  usual_.push_back({at, std::max<std::int64_t>(missing, 0)});
  while (at - usual_.front().at > usual_window) usual_.pop_front();
}

// The unlogged requests to be expected among the missing ones at `now`. What is learnt has no lag:
// lines in nginx's buffer make it swing above its true value, so the lowest of both halves are
// compared. With the lag, lines of requests after t - lag would hide as many unlogged ones.
std::int64_t LostLines::unlogged(MonoTime now) const {
  if (usual_.empty()) return 0;
  const auto middle = usual_.begin() + static_cast<std::ptrdiff_t>(usual_.size() / 2);
  const auto less = [](const Missing& a, const Missing& b) { return a.requests < b.requests; };
  const Missing late = *std::min_element(middle, usual_.end(), less);
  if (middle == usual_.begin()) return late.requests;
  const Missing early = *std::min_element(usual_.begin(), middle, less);
  const double span_s = seconds(late.at - early.at);
  const double rate = span_s > 0 ? static_cast<double>(late.requests - early.requests) / span_s : 0;
  const double expected = std::max(rate, 0.0) * std::max(seconds(now - late.at), 0.0);
  return late.requests + static_cast<std::int64_t>(std::ceil(expected));
}

}  // namespace edgeherd::logs
