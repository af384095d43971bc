#include "common/aws/common_errors.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::aws;

TEST_CASE("errors that all services of AWS answer alike are known by their codes") {
  CHECK(common_error("ThrottlingException") == Errc::throttled);
  CHECK(common_error("ExpiredToken") == Errc::refused);
  CHECK(common_error("ServiceUnavailable") == Errc::unavailable);
  CHECK(common_error("RequestTimeout") == Errc::timeout);
  CHECK_FALSE(common_error("InsufficientInstanceCapacity"));
  CHECK_FALSE(common_error(""));
}

TEST_CASE("an answer without a known code is never the service's word that nothing is there") {
  CHECK(error_of_status(404) == Errc::broken);
  CHECK(error_of_status(403) == Errc::refused);
  CHECK(error_of_status(429) == Errc::throttled);
  CHECK(error_of_status(503) == Errc::unavailable);
}
