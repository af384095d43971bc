#include "common/core/protection.h"

#include <algorithm>

#include "tests/support/catch.h"

using namespace edgeherd;

namespace {

const Protection first("test", "first");
const Protection second("test", "second");

}  // namespace

TEST_CASE("a protection is on unless somebody switches it off") {
  CHECK(first.on());
  CHECK(second.on());
}

#if defined(EDGEHERD_MUTANTS)

TEST_CASE("every protection is listed by its name, once") {
  const auto names = Protection::all();
  CHECK(std::count(names.begin(), names.end(), "test.first") == 1);
  CHECK(std::count(names.begin(), names.end(), "test.second") == 1);
}

TEST_CASE("one protection is switched off by its name, and all come back") {
  REQUIRE(Protection::switch_off("test.first") == Protection::Found::yes);
  CHECK_FALSE(first.on());
  CHECK(second.on());
  Protection::switch_on_all();
  CHECK(first.on());
}

TEST_CASE("a name that no protection has is said to be unknown") {
  CHECK(Protection::switch_off("test.third") == Protection::Found::no);
}

#else

TEST_CASE("in an ordinary build a protection is no more than a constant") {
  STATIC_REQUIRE(Protection::on());
  STATIC_REQUIRE(sizeof(Protection) == 1);
}

#endif
