#include "coordinator/providers/aws/rates.h"

#include "tests/support/catch.h"

using namespace edgeherd::aws;

TEST_CASE("our share of a rate is at least one call at a time") {
  CHECK(rate_of("RunInstances", 0.05).burst == 1);
  CHECK(rate_of("RunInstances", 0.5).per_s == 1);
  CHECK(rate_of("DescribeInstances", 1).burst == 100);
  CHECK(rate_of("SomethingElse", 1).per_s == 5);
}
