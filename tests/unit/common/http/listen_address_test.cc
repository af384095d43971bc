#include "common/http/listen_address.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::http;

TEST_CASE("Addresses to listen on are addresses and ports, nothing else") {
  CHECK(parse_listen("127.0.0.1:0")->port == 0);
  CHECK(parse_listen("[::1]:80")->host == "::1");
  CHECK(parse_listen("0.0.0.0:65535")->port == 65535);
  for (const auto* wrong : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                            "localhost:80", "127.example.com:80", "127.1:80", "::1:80",
                            "[127.0.0.1]:80", "127.0.0.1:80x", ":80", "[]:80", "[:80", "]:80"}) {
    INFO(wrong);
    CHECK_FALSE(parse_listen(wrong));
  }
}

TEST_CASE("Who is reached from elsewhere is not on loopback") {
  CHECK(parse_listen("127.1.2.3:1")->is_loopback());
  CHECK(parse_listen("[::1]:1")->is_loopback());
  for (const auto* open : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[2001:db8::1]:1"}) {
    INFO(open);
    CHECK_FALSE(parse_listen(open)->is_loopback());
  }
  CHECK(parse_listen("0.0.0.0:1")->is_any());
  CHECK(parse_listen("[0:0::0]:1")->is_any());
  CHECK_FALSE(parse_listen("127.0.0.1:1")->is_any());
}
