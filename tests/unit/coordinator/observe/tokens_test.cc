#include "coordinator/observe/tokens.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::observe;

namespace {

const std::string secret = "the enrolment key";
const NodeId node{"int-1"};

}  // namespace

TEST_CASE("A token is the HMAC of the node's id, in hex") {
  // echo -n int-1 | openssl dgst -sha256 -hmac 'the enrolment key'
  CHECK(enrolment_token(secret, node) ==
        "b8fd1f96dde3f975198c8bdf2e836bb9b82651a74055f57b7b38478fdebd6a54");
  CHECK(enrolment_token(secret, NodeId("int-2")) != enrolment_token(secret, node));
  CHECK(enrolment_token("another key", node) != enrolment_token(secret, node));
  CHECK(probe_token(secret, node) != enrolment_token(secret, node));
  CHECK(probe_token(secret, NodeId("int-2")) != probe_token(secret, node));
}

TEST_CASE("A node enrols with its own token alone") {
  const std::string token = enrolment_token(secret, node);
  CHECK(proves(secret, node, token));
  for (const auto& wrong : {std::string(), std::string(64, '0'), token.substr(1), token + "0",
                            enrolment_token(secret, NodeId("int-2")),
                            enrolment_token("another key", node), probe_token(secret, node)}) {
    CHECK_FALSE(proves(secret, node, wrong));
  }
}

TEST_CASE("Without an enrolment key nobody enrols, and nobody as no node") {
  CHECK_FALSE(proves("", node, enrolment_token("", node)));
  CHECK_FALSE(proves(secret, NodeId(), enrolment_token(secret, NodeId())));
}
