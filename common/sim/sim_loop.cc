#include "common/sim/sim_loop.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace edgeherd::sim {

namespace {

constexpr MonoTime first_mono{std::chrono::hours{1}};
constexpr WallTime first_wall{std::chrono::seconds{1767225600}};  // 2026-01-01 00:00 UTC

// A timer's id is its number and, below, its slot.
constexpr unsigned slot_bits = 24;
constexpr std::uint64_t slot_mask = (1ULL << slot_bits) - 1;

}  // namespace

SimLoop::SimLoop() : clock_(first_mono, first_wall) {}

TimerId SimLoop::add(const SimProcessLoop* owner, MonoTime when, std::function<void()> work) {
  if (free_.empty()) {
    assert(slots_.size() < slot_mask);
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.work = std::move(work);
  slot.number = ++last_number_;
  slot.owner = owner;
  push({std::max(when, clock_.mono()), slot.number, index});
  return TimerId{slot.number << slot_bits | index};
}

void SimLoop::push(Due due) {
  if (due.when == clock_.mono()) return now_.push_back(due);
  push_among(due);
}

void SimLoop::push_among(Due due) {
  heap_.push_back(due);
  std::push_heap(heap_.begin(), heap_.end(), Later{});
}

const SimLoop::Due* SimLoop::first() const {
  if (now_.empty()) return heap_.empty() ? nullptr : &heap_.front();
  return heap_.empty() || Later{}(heap_.front(), now_.front()) ? &now_.front() : &heap_.front();
}

void SimLoop::pop(const Due* first) {
  if (!now_.empty() && first == &now_.front()) return now_.pop_front();
  std::pop_heap(heap_.begin(), heap_.end(), Later{});
  heap_.pop_back();
}

void SimLoop::clear(std::uint32_t index) {
  // Destroyed at the end: what the work holds may cancel something else.
  const auto work = std::move(slots_[index].work);
  slots_[index].work = nullptr;
  slots_[index].number = 0;
  free_.push_back(index);
}

void SimLoop::cancel(TimerId id) {
  const auto value = static_cast<std::uint64_t>(id);
  const auto index = static_cast<std::uint32_t>(value & slot_mask);
  if (value == 0 || index >= slots_.size() || slots_[index].number != value >> slot_bits) return;
  clear(index);
}

void SimLoop::drop_all(const SimProcessLoop& owner) {
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].number != 0 && slots_[index].owner == &owner) clear(index);
  }
}

bool SimLoop::run_next(MonoTime end) {
  while (const Due* const next = this->first()) {
    const Due first = *next;
    const bool cancelled = slots_[first.slot].number != first.number;
    if (!cancelled && first.when > end) return false;
    pop(next);
    if (cancelled) continue;
    Slot& slot = slots_[first.slot];
    if (slot.owner != nullptr && slot.owner->stopped()) {
      slot.owner->held_.push_back(first);
      continue;
    }
    if (first.when > clock_.mono()) {
      clock_.move_to(first.when);
      events_this_instant_ = 0;
    }
    const auto work = std::move(slot.work);
    slot.work = nullptr;
    slot.number = 0;
    free_.push_back(first.slot);
    ++events_run_;
    ++events_this_instant_;
    assert(events_this_instant_ <= max_events_per_instant);
    work();
    return true;
  }
  return false;
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

void SimProcessLoop::kill() {
  if (!alive_) return;
  alive_ = false;
  world_.drop_all(*this);
  held_.clear();
}

void SimProcessLoop::resume() {
  stopped_ = false;
  // Their time has passed, so they come first, in the order in which they were due.
  for (const SimLoop::Due& due : held_) world_.push_among(due);
  held_.clear();
}

}  // namespace edgeherd::sim
