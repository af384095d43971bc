#include "common/sim/sim_loop.h"

#include <cassert>

namespace edgeherd::sim {

namespace {

constexpr MonoTime first_mono{std::chrono::hours{1}};
constexpr WallTime first_wall{std::chrono::seconds{1767225600}};  // 2026-01-01 00:00 UTC

}  // namespace

SimLoop::SimLoop() : clock_(first_mono, first_wall) {}

TimerId SimLoop::at(MonoTime when, std::function<void()> work) {
  const std::uint64_t id = ++last_id_;
  const MonoTime due = std::max(when, clock_.mono());
  events_.emplace(Key{due, id}, std::move(work));
  due_.emplace(id, due);
  return TimerId{id};
}

void SimLoop::cancel(TimerId id) {
  const auto found = due_.find(static_cast<std::uint64_t>(id));
  if (found == due_.end()) return;
  const auto event = events_.find({found->second, found->first});
  // Destroyed at the end: what the work holds may cancel something else.
  const auto work = std::move(event->second);
  events_.erase(event);
  due_.erase(found);
}

bool SimLoop::run_next(MonoTime end) {
  if (events_.empty() || events_.begin()->first.first > end) return false;
  const auto first = events_.begin();
  if (first->first.first > clock_.mono()) {
    clock_.move_to(first->first.first);
    events_this_instant_ = 0;
  }
  const auto work = std::move(first->second);
  due_.erase(first->first.second);
  events_.erase(first);
  ++events_run_;
  ++events_this_instant_;
  assert(events_this_instant_ <= max_events_per_instant);
  work();
  return true;
}

void SimLoop::run_for(Duration time) {
  const MonoTime end = clock_.mono() + time;
  while (run_next(end)) {
  }
  clock_.move_to(end);
}

bool SimLoop::run_until(const std::function<bool()>& reached, Duration limit) {
  const MonoTime end = clock_.mono() + limit;
  while (!reached()) {
    if (run_next(end)) continue;
    clock_.move_to(end);
    return false;
  }
  return true;
}

TimerId SimProcessLoop::at(MonoTime when, std::function<void()> work) {
  if (!alive_) return TimerId::none;
  const std::uint64_t id = ++last_id_;
  const TimerId outer = world_.at(when, [this, id, inner = std::move(work)] {
    pending_.erase(id);
    inner();
  });
  pending_.emplace(id, outer);
  return TimerId{id};
}

void SimProcessLoop::cancel(TimerId id) {
  const auto found = pending_.find(static_cast<std::uint64_t>(id));
  if (found == pending_.end()) return;
  const TimerId outer = found->second;
  pending_.erase(found);
  world_.cancel(outer);
}

void SimProcessLoop::kill() {
  alive_ = false;
  const auto all = std::move(pending_);
  pending_.clear();
  for (const auto& [id, outer] : all) world_.cancel(outer);
}

}  // namespace edgeherd::sim
