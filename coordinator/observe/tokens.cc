#include "coordinator/observe/tokens.h"

#include "common/crypto/digest.h"

namespace edgeherd::observe {

std::string enrolment_token(std::string_view enrolment_key, const NodeId& node) {
  return crypto::to_hex(crypto::hmac_sha256(enrolment_key, node.str()));
}

bool proves(std::string_view enrolment_key, const NodeId& node, std::string_view token) {
  if (enrolment_key.empty() || node.empty()) return false;
  return crypto::constant_time_equal(enrolment_token(enrolment_key, node), token);
}

std::string probe_token(std::string_view enrolment_key, const NodeId& node) {
  return crypto::to_hex(crypto::hmac_sha256(enrolment_key, "probe:" + node.str()));
}

}  // namespace edgeherd::observe
