#include "agent/logs/line_times.h"

namespace edgeherd::logs {

void LineTimes::add(std::uint64_t unix_ms) {
  const std::uint64_t number = unix_ms / step_ms;
  Step& step = steps_[number % steps_.size()];
  if (step.number != number) step = {number, 0};
  ++step.lines;
}

std::uint64_t LineTimes::after(std::uint64_t unix_ms) const {
  const std::uint64_t number = unix_ms / step_ms;
  std::uint64_t lines = 0;
  for (const Step& step : steps_) {
    if (step.number > number) lines += step.lines;
  }
  return lines;
}

}  // namespace edgeherd::logs
