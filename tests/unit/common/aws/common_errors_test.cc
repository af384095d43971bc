#include "common/aws/common_errors.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::aws;

TEST_CASE("errors that all services of AWS answer alike are known by their codes") {
  CHECK(meaning_of({}, "ThrottlingException") == Errc::throttled);
  CHECK(meaning_of({}, "ExpiredToken") == Errc::refused);
  CHECK(meaning_of({}, "ServiceUnavailable") == Errc::unavailable);
  CHECK(meaning_of({}, "RequestTimeout") == Errc::timeout);
  CHECK_FALSE(meaning_of({}, "InsufficientInstanceCapacity"));
  CHECK_FALSE(meaning_of({}, ""));
}

TEST_CASE("a service's own word for a code comes before that of all") {
  constexpr Meaning own[] = {{"OwnTrouble", Errc::conflict}, {"RequestTimeout", Errc::refused}};
  CHECK(meaning_of(own, "OwnTrouble") == Errc::conflict);
  CHECK(meaning_of(own, "RequestTimeout") == Errc::refused);
  CHECK(meaning_of(own, "ExpiredToken") == Errc::refused);
}

TEST_CASE("an answer without a known code is never the service's word that nothing is there") {
  CHECK(error_of_status(404) == Errc::broken);
  CHECK(error_of_status(403) == Errc::refused);
  CHECK(error_of_status(429) == Errc::throttled);
  CHECK(error_of_status(503) == Errc::unavailable);
}
