// Ids are compared faster than strings, and in the same order.
#include "common/core/short_text.h"

#include "common/core/ids.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using sim::SimRandom;

namespace {

// Of few letters, the highest byte and the lowest among them, so that many begin alike.
std::string text_of(SimRandom& random) {
  const char letters[] = {'a', 'b', '\0', '\x7f', '\xff'};
  std::string text;
  for (std::uint64_t left = random.below(20); left > 0; --left) text += letters[random.below(5)];
  return text;
}

}  // namespace

TEST_CASE("texts are the same, and in order, as strings are") {
  SimRandom random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = text_of(random);
    std::string b = text_of(random);
    if (i % 3 == 0) b = a;
    if (i % 3 == 1) b = a.substr(0, a.size() / 2) + b;
    CAPTURE(a, b);
    REQUIRE(same_text(a, b) == (a == b));
    REQUIRE(text_order(a, b) == (a.compare(b) <=> 0));
    REQUIRE((NodeId(a) < NodeId(b)) == (a < b));
    REQUIRE((NodeId(a) == NodeId(b)) == (a == b));
  }
}
