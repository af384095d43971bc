// LineTimes: how many of the newest log lines are younger than a moment.
//
// nginx writes lines up to a second after their requests have ended, many at once: when a line was
// read does not tell when its request ended, its $msec does. Kept for the newest eight seconds at
// least, in steps of 4 ms; a clock that goes back loses some of them, which then count as old.
// Thread: a value type. Cost: one write a line, 32 KiB.
#pragma once

#include <array>
#include <cstdint>

namespace edgeherd::logs {

class LineTimes {
 public:
  void add(std::uint64_t unix_ms);
  // Lines of a later step than that moment's. Those of times that are not kept any more are none.
  [[nodiscard]] std::uint64_t after(std::uint64_t unix_ms) const;

 private:
  static constexpr std::uint64_t step_ms = 4;
  struct Step {
    std::uint64_t number = 0;
    std::uint64_t lines = 0;
  };
  std::array<Step, 2048> steps_{};
};

}  // namespace edgeherd::logs
