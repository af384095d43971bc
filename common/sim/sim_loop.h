// Virtual time: a clock that moves only when the loop has nothing left to do at its present
// instant.
//
// Everything that runs on a SimLoop runs in one order, given by (instant, order of creation); so a
// simulation is a function of its inputs and its seed. Thread: one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "common/core/event_loop.h"

namespace edgeherd::sim {

class SimClock final : public Clock {
 public:
  SimClock(MonoTime mono, WallTime wall) : mono_(mono), wall_(wall) {}
  [[nodiscard]] MonoTime mono() const override { return mono_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  // The wall clock is set to another time, as by an operator or NTP; monotonic time is not.
  void jump_wall(Duration by) { wall_ += by; }

 private:
  friend class SimLoop;
  void move_to(MonoTime when) {
    wall_ += when - mono_;
    mono_ = when;
  }
  MonoTime mono_;
  WallTime wall_;
};

class SimProcessLoop;

class SimLoop final : public EventLoop {
 public:
  // This much work without time moving on is a loop that feeds itself; the program stops there.
  static constexpr std::uint64_t max_events_per_instant = 10'000'000;

  // Starts at 2026-01-01 00:00 UTC, and at a monotonic time that is not zero.
  SimLoop();

  void post(std::function<void()> work) override { at(clock_.mono(), std::move(work)); }
  TimerId at(MonoTime when, std::function<void()> work) override {
    return add(nullptr, when, std::move(work));
  }
  void cancel(TimerId id) override;
  [[nodiscard]] const Clock& clock() const override { return clock_; }
  [[nodiscard]] SimClock& sim_clock() { return clock_; }

  // Runs what is due within `time`, then stands at its end.
  void run_for(Duration time);
  // Runs until `reached` holds (asked before each event); false when `limit` has passed without.
  [[nodiscard]] bool run_until(const std::function<bool()>& reached, Duration limit);
  // Runs what is due now, without moving time.
  void settle() { run_for(Duration{0}); }

  [[nodiscard]] std::size_t pending() const { return slots_.size() - free_.size(); }
  [[nodiscard]] std::uint64_t events_run() const { return events_run_; }

 private:
  friend class SimProcessLoop;

  struct Slot {
    std::function<void()> work;
    std::uint64_t number = 0;               // in order of creation; 0: the slot is free
    const SimProcessLoop* owner = nullptr;  // null: the world itself
  };
  // A heap entry whose slot has another number by now was cancelled.
  struct Due {
    MonoTime when;
    std::uint64_t number;
    std::uint32_t slot;
  };
  struct Later {
    bool operator()(const Due& a, const Due& b) const {
      return a.when != b.when ? a.when > b.when : a.number > b.number;
    }
  };

  TimerId add(const SimProcessLoop* owner, MonoTime when, std::function<void()> work);
  // Runs the first event if it is due by `end`.
  bool run_next(MonoTime end);
  void push(Due due);                      // the newest of all
  void push_among(Due due);                // any
  [[nodiscard]] const Due* first() const;  // of all; null: there is none
  void pop(const Due* first);
  void clear(std::uint32_t slot);
  void drop_all(const SimProcessLoop& owner);

  SimClock clock_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<Due> heap_;
  std::deque<Due> now_;  // of this instant since it began: in order as they come
  std::uint64_t last_number_ = 0;
  std::uint64_t events_run_ = 0;
  std::uint64_t events_this_instant_ = 0;
};

// The loop of one simulated process: a view of a SimLoop that dies alone. After kill() nothing that
// was posted through it runs, as after SIGKILL; between stop() and resume() nothing runs either, as
// after SIGSTOP, and what became due meanwhile runs then, in order. Its wall clock may be wrong by
// a constant.
class SimProcessLoop final : public EventLoop {
 public:
  explicit SimProcessLoop(SimLoop& world) : world_(world), clock_(*this) {}
  ~SimProcessLoop() override { kill(); }
  SimProcessLoop(const SimProcessLoop&) = delete;
  SimProcessLoop& operator=(const SimProcessLoop&) = delete;

  void post(std::function<void()> work) override { at(world_.clock().mono(), std::move(work)); }
  TimerId at(MonoTime when, std::function<void()> work) override {
    return alive_ ? world_.add(this, when, std::move(work)) : TimerId::none;
  }
  void cancel(TimerId id) override { world_.cancel(id); }
  [[nodiscard]] const Clock& clock() const override { return clock_; }

  void kill();
  [[nodiscard]] bool alive() const { return alive_; }
  void stop() { stopped_ = true; }
  void resume();
  [[nodiscard]] bool stopped() const { return stopped_; }
  void set_wall_offset(Duration offset) { wall_offset_ = offset; }

 private:
  friend class SimLoop;

  class OwnClock final : public Clock {
   public:
    explicit OwnClock(const SimProcessLoop& owner) : owner_(owner) {}
    [[nodiscard]] MonoTime mono() const override { return owner_.world_.clock().mono(); }
    [[nodiscard]] WallTime wall() const override {
      return owner_.world_.clock().wall() + owner_.wall_offset_;
    }

   private:
    const SimProcessLoop& owner_;
  };

  SimLoop& world_;
  OwnClock clock_;
  Duration wall_offset_{0};
  bool alive_ = true;
  bool stopped_ = false;
  mutable std::vector<SimLoop::Due> held_;  // due while stopped
};

}  // namespace edgeherd::sim
