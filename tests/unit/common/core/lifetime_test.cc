#include "common/core/lifetime.h"

#include <functional>
#include <memory>
#include <string>

#include "tests/support/catch.h"

using edgeherd::Lifetime;

TEST_CASE("a bound callback does nothing once its owner is gone") {
  int called = 0;
  auto owner = std::make_unique<Lifetime>();
  const std::function<void(int)> add = owner->bind([&](int amount) { called += amount; });
  add(2);
  CHECK(called == 2);
  owner.reset();
  add(2);
  CHECK(called == 2);
}

TEST_CASE("what was bound before a renewal does nothing, what is bound after it does") {
  int called = 0;
  Lifetime lifetime;
  const std::function<void()> before = lifetime.bind([&] { called += 1; });
  lifetime.renew();
  const std::function<void()> after = lifetime.bind([&] { called += 10; });
  before();
  after();
  CHECK(called == 10);
}

TEST_CASE("a bound callback may end its own owner") {
  auto owner = std::make_unique<Lifetime>();
  std::function<void()> end = owner->bind([&owner] { owner.reset(); });
  end();
  end();
  CHECK(owner == nullptr);
}

TEST_CASE("what is bound may keep state, and take over what it is given") {
  const Lifetime lifetime;
  std::string taken;
  std::function<void(std::string)> take =
      lifetime.bind([&taken, count = 0](std::string text) mutable {
        taken += std::to_string(++count) + std::move(text);
      });
  take("a");
  take("b");
  CHECK(taken == "1a2b");
}
