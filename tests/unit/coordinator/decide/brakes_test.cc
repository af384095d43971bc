// The table of brakes is complete: a brake that is not in it would hold nothing.
#include "coordinator/decide/brakes.h"

#include <algorithm>
#include <set>

#include "tests/support/catch.h"

using namespace edgeherd::decide;

TEST_CASE("every brake has exactly one rule") {
  for (std::size_t i = 0; i < brake_count; ++i) {
    const Brake brake = static_cast<Brake>(i);
    const auto rules = std::count_if(brake_rules().begin(), brake_rules().end(),
                                     [&](const Rule& rule) { return rule.brake == brake; });
    CAPTURE(to_string(brake));
    CHECK(rules == 1);
  }
}

TEST_CASE("every brake has a name of its own, and no value lies beyond the count") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < brake_count; ++i) names.insert(to_string(static_cast<Brake>(i)));
  CHECK(names.size() == brake_count);
  CHECK_FALSE(names.contains("unknown"));
  CHECK(to_string(static_cast<Brake>(brake_count)) == "unknown");
}

TEST_CASE("every brake is on") {
  for (const Rule& rule : brake_rules()) CHECK(brake_on(rule.brake));
}

#if defined(EDGEHERD_MUTANTS)
TEST_CASE("every brake can be switched off by its name") {
  using edgeherd::Protection;
  for (const Rule& rule : brake_rules()) {
    const std::string name = "brake." + std::string(to_string(rule.brake));
    REQUIRE(Protection::switch_off(name) == Protection::Found::yes);
    CHECK_FALSE(brake_on(rule.brake));
    Protection::switch_on_all();
  }
}
#endif
