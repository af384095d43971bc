// An open-loop schedule: how many requests are due by a moment, whatever was answered so far.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::demo {

struct Phase {
  std::string name;
  Duration length{};
  double requests_per_s = 0;
};

class TrafficPlan {
 public:
  // "steady:60s:80,step:60s:320,back:60s:80": name, length, requests a second. `invalid` names the
  // part that cannot be read.
  static Result<TrafficPlan> parse(const std::string& text);

  [[nodiscard]] Duration length() const;
  // Requests due from the start until `since_start`.
  [[nodiscard]] std::uint64_t due(Duration since_start) const;
  // The phase at that time; the last one after the end.
  [[nodiscard]] const Phase& phase(Duration since_start) const;

 private:
  std::vector<Phase> phases_;
};

}  // namespace edgeherd::demo
