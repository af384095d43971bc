// The tokens of a node: made of the enrolment key, which only the coordinator has, and of the
// node's id, so that the same creation, tried again, carries the same bytes of user data.
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "common/core/ids.h"

namespace edgeherd::observe {

// With it a server enrols as the node: lower-case hex of HMAC-SHA256(enrolment key, node id).
[[nodiscard]] std::string enrolment_token(std::string_view enrolment_key, const NodeId& node);
// Whether `token` is the node's. False without a key or a node, so that then nobody enrols. Takes
// the same time for every wrong token of the right length.
[[nodiscard]] bool proves(std::string_view enrolment_key, const NodeId& node,
                          std::string_view token);

// With it the coordinator asks for the node's health page: lower-case hex of
// HMAC-SHA256(enrolment key, "probe:" + node id).
[[nodiscard]] std::string probe_token(std::string_view enrolment_key, const NodeId& node);

}  // namespace edgeherd::observe
