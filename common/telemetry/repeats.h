// Repeats: keeps a trouble that lasts from filling the log with one and the same line.
//
// A line passes when it is new, and again after a minute, two, four, up to an hour, with the number
// of times that it was left out in between. One that was not said for as long is new again. Of more
// than `most_lines` different lines the one said longest ago is forgotten.
// Thread: the owner's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/core/clock.h"

namespace edgeherd::telemetry {

class Repeats {
 public:
  static constexpr Duration least_gap = 1min;
  static constexpr Duration most_gap = 1h;
  static constexpr std::size_t most_lines = 256;

  // What is to be logged of `line`, or nothing.
  [[nodiscard]] std::optional<std::string> pass(const std::string& line, MonoTime now);

 private:
  struct Said {
    MonoTime logged{};
    MonoTime last{};
    Duration gap = least_gap;
    std::uint64_t left_out = 0;
  };
  std::map<std::string, Said> lines_;
};

}  // namespace edgeherd::telemetry
