#include "coordinator/observe/enrolment.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::observe;

namespace {

const std::string secret = "the enrolment key";
const AgentKey first{"key-one"};
const AgentKey second{"key-two"};
const NodeId node{"int-1"};
constexpr MonoTime deadline{300s};

wire::Enroll valid() {
  return {node, enrolment_token(secret, node), "vm-1", "0.1.0"};
}

EnrolmentFacts expected() {
  return {true, deadline, std::nullopt, std::nullopt};
}

EnrolmentOutcome judge(const AgentKey& key, const wire::Enroll& enroll, const EnrolmentFacts& facts,
                       MonoTime now = MonoTime{10s}) {
  const auto decision = judge_enrolment(secret, key, enroll, facts, now);
  CHECK(decision.accepted() == decision.reason.empty());
  return decision.outcome;
}

}  // namespace

TEST_CASE("The token is the HMAC of the node's id, in hex") {
  // echo -n int-1 | openssl dgst -sha256 -hmac 'the enrolment key'
  CHECK(enrolment_token(secret, node) ==
        "b8fd1f96dde3f975198c8bdf2e836bb9b82651a74055f57b7b38478fdebd6a54");
  CHECK(enrolment_token(secret, NodeId("int-2")) != enrolment_token(secret, node));
  CHECK(enrolment_token("another key", node) != enrolment_token(secret, node));
}

TEST_CASE("The first key with a valid token is bound") {
  CHECK(judge(first, valid(), expected()) == EnrolmentOutcome::bind);
  CHECK(judge(first, valid(), expected(), deadline) == EnrolmentOutcome::bind);
}

TEST_CASE("The same key with the same token succeeds again, even after the deadline") {
  auto facts = expected();
  facts.node_key = first;
  facts.key_node = node;
  CHECK(judge(first, valid(), facts) == EnrolmentOutcome::again);
  CHECK(judge(first, valid(), facts, deadline + 1h) == EnrolmentOutcome::again);
}

TEST_CASE("A replayed token from another key is refused and alarmed") {
  auto facts = expected();
  facts.node_key = first;
  CHECK(judge(second, valid(), facts) == EnrolmentOutcome::alarm);
}

TEST_CASE("A key that is one node already cannot be another") {
  auto facts = expected();
  facts.key_node = NodeId("int-0");
  CHECK(judge(first, valid(), facts) == EnrolmentOutcome::alarm);
}

TEST_CASE("A wrong token is refused, also for a bound node and its own key") {
  auto facts = expected();
  facts.node_key = first;
  for (const auto& token : {std::string(), std::string(64, '0'), valid().token.substr(1),
                            valid().token + "0", enrolment_token(secret, NodeId("int-2"))}) {
    auto enroll = valid();
    enroll.token = token;
    CHECK(judge(first, enroll, facts) == EnrolmentOutcome::refuse);
    CHECK(judge(first, enroll, expected()) == EnrolmentOutcome::refuse);
  }
}

TEST_CASE("A stranger cannot learn which nodes exist") {
  auto enroll = valid();
  enroll.token = std::string(64, '0');
  const auto known = judge_enrolment(secret, first, enroll, expected(), MonoTime{});
  const auto unknown = judge_enrolment(secret, first, enroll, {}, MonoTime{});
  CHECK(known.reason == unknown.reason);
}

TEST_CASE("A node that is not expected, or no longer, does not enrol") {
  CHECK(judge(first, valid(), {}) == EnrolmentOutcome::refuse);
  CHECK(judge(first, valid(), expected(), deadline + 1ns) == EnrolmentOutcome::refuse);
}

TEST_CASE("Without an enrolment key nobody enrols") {
  const wire::Enroll enroll{node, enrolment_token("", node), "", ""};
  CHECK(judge_enrolment("", first, enroll, expected(), MonoTime{}).outcome ==
        EnrolmentOutcome::refuse);
}
