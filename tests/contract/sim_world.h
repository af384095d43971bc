// Virtual time for a contract suite, with the same few calls as RealLoop.
#pragma once

#include <functional>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/real_loop.h"

namespace edgeherd::test {

class SimWorld {
 public:
  [[nodiscard]] sim::SimLoop& loop() { return loop_; }
  [[nodiscard]] bool run_until(const std::function<bool()>& happened, Duration limit = patience) {
    return loop_.run_until(happened, limit);
  }

 private:
  sim::SimLoop loop_;
};

}  // namespace edgeherd::test
