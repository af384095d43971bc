// What tests of a budget ask of it, and the API behind it.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "common/sim/sim_loop.h"
#include "coordinator/providers/budget/account_budget.h"
#include "tests/support/catch.h"

namespace edgeherd::budget {

// An API that answers after a while, and counts requests in windows of its own as they arrive.
class Bench {
 public:
  explicit Bench(Limits limits) : account(loop, limits) {}

  void ask(Kind kind, const std::string& name = "") { ask_together(kind, 1, name); }
  // The first of so many.
  void ask_together(Kind kind, std::size_t together, const std::string& name = "") {
    const budget::Call call{kind, loop.clock().mono() + patience, together};
    account.ask(call, [this, kind, name](const Status& may) {
      if (!may) return refused.push_back(may.error());
      sent.push_back(name);
      loop.after(on_the_way, [this] { arrived.push_back(loop.clock().mono()); });
      loop.after(on_the_way + on_the_way_back, [this, kind] {
        account.answered(kind, report);
        ++answers;
      });
    });
  }
  void ask(Kind kind, int count) {
    for (int i = 0; i < count; ++i) ask(kind);
  }
  // The most requests that arrived within any stretch of this length.
  std::size_t most_within(Duration window) const {
    std::size_t most = 0;
    std::size_t first = 0;
    for (std::size_t last = 0; last < arrived.size(); ++last) {
      while (arrived[last] - arrived[first] >= window) ++first;
      most = std::max(most, last - first + 1);
    }
    return most;
  }

  sim::SimLoop loop;
  Duration patience = 100h;
  Duration on_the_way = 100ms;
  Duration on_the_way_back = 100ms;
  Reported report;
  std::vector<std::string> sent;
  std::vector<Error> refused;
  std::deque<MonoTime> arrived;
  int answers = 0;
  AccountBudget account;
};

}  // namespace edgeherd::budget
