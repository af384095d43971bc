#include "common/core/one_by_one.h"

#include <optional>
#include <string>
#include <vector>

#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;

TEST_CASE("work begins when all before it has ended, never inline, and in order") {
  sim::SimLoop loop;
  OneByOne turns(loop);
  std::vector<std::string> seen;
  const auto note = [&](const std::string& answer) { seen.push_back(answer); };
  turns.begin([&] {
    seen.emplace_back("first begins");
    loop.after(1s, [&] { turns.end(note, std::string("first ends")); });
  });
  turns.begin([&] { turns.end(note, std::string("second")); });
  CHECK(seen.empty());
  loop.run_for(500ms);
  CHECK(seen == std::vector<std::string>{"first begins"});
  loop.run_for(1s);
  CHECK(seen == std::vector<std::string>{"first begins", "first ends", "second"});
}

TEST_CASE("who is told of an end may begin more") {
  sim::SimLoop loop;
  OneByOne turns(loop);
  int ended = 0;
  turns.begin([&] {
    turns.end(
        [&](int) {
          ++ended;
          turns.begin([&] { turns.end([&](int) { ++ended; }, 0); });
        },
        0);
  });
  loop.settle();
  CHECK(ended == 2);
}

TEST_CASE("who is told of an end may destroy the queue, and what waits goes with it") {
  sim::SimLoop loop;
  std::optional<OneByOne> turns(loop);
  bool begun = false;
  turns->begin([&] { turns->end([&](int) { turns.reset(); }, 0); });
  turns->begin([&] { begun = true; });
  loop.settle();
  CHECK_FALSE(turns);
  CHECK_FALSE(begun);
}
