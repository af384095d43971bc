#include "coordinator/observe/enrolment.h"

#include "common/crypto/digest.h"

namespace edgeherd::observe {

std::string enrolment_token(std::string_view enrolment_key, const NodeId& node) {
  return crypto::to_hex(crypto::hmac_sha256(enrolment_key, node.str()));
}

EnrolmentDecision judge_enrolment(std::string_view enrolment_key, const AgentKey& asking,
                                  const wire::Enroll& enroll, const EnrolmentFacts& facts,
                                  MonoTime now) {
  using enum EnrolmentOutcome;
  // First the token: without it nobody learns whether there is such a node.
  const std::string token = enrolment_token(enrolment_key, enroll.node);
  if (enrolment_key.empty() || enroll.node.empty() ||
      !crypto::constant_time_equal(token, enroll.token)) {
    return {refuse, "the token is not valid for this node"};
  }
  if (!facts.node_known) return {refuse, "no node of this name is expected"};
  if (facts.node_key) {
    if (*facts.node_key == asking) return {again, ""};
    return {alarm, "another key is bound to this node already"};
  }
  if (facts.key_node && *facts.key_node != enroll.node) {
    return {alarm, "this key is bound to another node already"};
  }
  if (now > facts.deadline) return {refuse, "the token has expired"};
  return {bind, ""};
}

}  // namespace edgeherd::observe
