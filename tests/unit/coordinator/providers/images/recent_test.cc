#include "coordinator/providers/images/recent.h"

#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;

namespace {

struct Asker {
  sim::SimLoop loop;
  std::unique_ptr<images::Recent<int>> recent = std::make_unique<images::Recent<int>>(loop, 10s);
  std::vector<images::Recent<int>::Done> open;  // questions that wait for the cloud
  std::vector<Result<int>> told;

  void ask(const std::string& question) {
    recent->ask(
        question, [this](images::Recent<int>::Done done) { open.push_back(std::move(done)); },
        [this](const Result<int>& answer) { told.push_back(answer); });
    loop.settle();
  }
  // The cloud's answer to the oldest question.
  void answer(Result<int> value) {
    REQUIRE_FALSE(open.empty());
    const auto done = open.front();
    open.erase(open.begin());
    done(value);
    loop.settle();
  }
};

}  // namespace

TEST_CASE("a burst of askers is one question, and all are told") {
  Asker one;
  for (int i = 0; i < 3; ++i) one.ask("a");
  CHECK(one.open.size() == 1);
  one.answer(7);
  REQUIRE(one.told.size() == 3);
  CHECK(one.told[2].value() == 7);
  one.ask("b");
  CHECK(one.open.size() == 1);
}

TEST_CASE("an answer is good for as long as it is kept, counted from when it was asked for") {
  Asker one;
  one.ask("a");
  one.loop.run_for(9s);
  one.answer(7);
  one.ask("a");
  CHECK(one.told.size() == 2);
  one.loop.run_for(1s);
  one.ask("a");
  CHECK(one.told.size() == 2);
  CHECK(one.open.size() == 1);
}

TEST_CASE("an answer that is kept is not told before its asker has returned") {
  Asker one;
  one.ask("a");
  one.answer(7);
  bool told = false;
  one.recent->ask(
      "a", [](const auto&) { FAIL(); }, [&](const Result<int>&) { told = true; });
  CHECK_FALSE(told);
  one.loop.settle();
  CHECK(told);
}

TEST_CASE("a failure is told to those who wait, and to nobody after") {
  Asker one;
  one.ask("a");
  one.ask("a");
  one.answer(fail(Errc::unavailable, "away"));
  CHECK(one.told.size() == 2);
  one.ask("a");
  REQUIRE(one.open.size() == 1);
  one.answer(7);
  CHECK(one.told.back().value() == 7);
}

TEST_CASE("what was found wrong is asked anew, once for all who found it wrong") {
  Asker one;
  one.ask("a");
  one.answer(7);
  const MonoTime known = one.loop.clock().mono();
  one.loop.run_for(1s);
  for (int i = 0; i < 3; ++i) {
    one.recent->forget("a", known);
    one.ask("a");
  }
  CHECK(one.open.size() == 1);
  one.answer(8);
  CHECK(one.told.back().value() == 8);
}

TEST_CASE("nobody is told anything once it is gone") {
  Asker one;
  one.ask("a");
  one.ask("b");
  one.answer(7);
  one.recent->ask(
      "a", [](const auto&) {}, [](const Result<int>&) { FAIL(); });
  one.recent.reset();
  one.answer(8);
  CHECK(one.told.size() == 1);
}
