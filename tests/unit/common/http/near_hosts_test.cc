// Hosts to which a request leaves no machine, or no link.
#include "common/http/url.h"
#include "tests/support/catch.h"

using namespace edgeherd::http;

TEST_CASE("loopback addresses and localhost are this machine, names that look like it are not") {
  for (const char* host : {"127.0.0.1", "127.9.8.7", "::1", "localhost"}) {
    INFO(host);
    CHECK(is_loopback(host));
  }
  for (const char* host : {"127.evil.example", "128.0.0.1", "::2", "localhost.example", ""}) {
    INFO(host);
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("addresses of the link are those of metadata services") {
  for (const char* host : {"169.254.169.254", "fe80::1", "fd00:ec2::254"}) {
    INFO(host);
    CHECK(is_link_local(host));
  }
  for (const char* host : {"169.253.169.254", "8.8.8.8", "fd00::1", "169.254.evil.example"}) {
    INFO(host);
    CHECK_FALSE(is_link_local(host));
  }
}
