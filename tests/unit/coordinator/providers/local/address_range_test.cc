#include "coordinator/providers/local/address_range.h"

#include "common/os/real.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using local::AddressRange;

TEST_CASE("a range within 127.0.0.0/8 is taken as it is written") {
  const auto range = AddressRange::parse("127.64.0.0/10");
  REQUIRE(range);
  CHECK(range->text() == "127.64.0.0/10");
  CHECK(range->contains("127.64.0.1"));
  CHECK(range->contains("127.127.255.255"));
  CHECK_FALSE(range->contains("127.128.0.0"));
  CHECK_FALSE(range->contains("127.63.255.255"));
  CHECK_FALSE(range->contains("nonsense"));
  CHECK(AddressRange().text() == "127.64.0.0/10");
}

TEST_CASE("a private range is taken: it may be one of a network namespace") {
  for (const char* text : {"10.77.0.0/16", "172.16.0.0/12", "192.168.7.0/24"}) {
    const auto range = AddressRange::parse(text);
    REQUIRE(range);
    CHECK(range->text() == text);
  }
}

TEST_CASE("a range that cannot be used is refused with the reason") {
  const auto why = [](const char* text) {
    const auto range = AddressRange::parse(text);
    REQUIRE_FALSE(range);
    CHECK(range.error().code == Errc::invalid);
    CHECK(range.error().message.find(text) != std::string::npos);
    return range.error().message;
  };
  CHECK(why("127.64.0.0").find("ADDRESS/PREFIX") != std::string::npos);
  CHECK(why("127.64.0.x/10").find("not an IPv4 address") != std::string::npos);
  CHECK(why("127.64.0.0/ten").find("not a number") != std::string::npos);
  CHECK(why("127.64.0.0/8").find("from 9 to 28") != std::string::npos);
  CHECK(why("127.64.0.0/30").find("from 9 to 28") != std::string::npos);
  CHECK(why("127.64.0.1/10").find("behind the prefix") != std::string::npos);
  CHECK(why("8.8.0.0/16").find("nor private") != std::string::npos);
  CHECK(why("172.0.0.0/10").find("nor private") != std::string::npos);
  CHECK(why("192.128.0.0/9").find("nor private") != std::string::npos);
  CHECK(why("127.0.0.0/24").find("machine itself") != std::string::npos);
  CHECK(why("127.0.0.0/9").find("machine itself") != std::string::npos);
}

TEST_CASE("no address is given twice, nor one that ends in .0 or .255") {
  os::RealRandom random;
  const auto range = AddressRange::parse("127.99.7.0/28");
  REQUIRE(range);
  std::set<std::string> taken;
  for (;;) {
    const auto address = range->pick(taken, random);
    if (!address) {
      CHECK(address.error().code == Errc::out_of_stock);
      break;
    }
    CHECK(range->contains(*address));
    CHECK(taken.insert(*address).second);
  }
  CHECK(taken.size() == 15);
  CHECK_FALSE(taken.contains("127.99.7.0"));
}
