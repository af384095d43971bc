// Enrolment: may this key be that node? Pure: facts in, a decision out.
//
// A token is a node's, made from the enrolment key that only the coordinator has, and reaches the
// node in its user data. So the same creation, tried again, carries the same bytes.
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/wire/messages.h"

namespace edgeherd::observe {

// Lower-case hex of HMAC-SHA256(enrolment key, node id).
[[nodiscard]] std::string enrolment_token(std::string_view enrolment_key, const NodeId& node);

// What the coordinator knows when a key asks to be a node.
struct EnrolmentFacts {
  bool node_known = false;           // there is such a node, and it is not on its way out
  MonoTime deadline{};               // until when the node may enrol for the first time
  std::optional<AgentKey> node_key;  // already bound to the node
  std::optional<NodeId> key_node;    // the node that the asking key is bound to
};

enum class EnrolmentOutcome {
  bind,    // valid, and the first: bind the key durably, admit it, then accept
  again,   // the same key as before: accept (its first reply was lost)
  refuse,  // no valid token, or too late
  alarm,   // a valid token from a key that cannot be this node: refuse, and tell people
};

struct EnrolmentDecision {
  EnrolmentOutcome outcome = EnrolmentOutcome::refuse;
  std::string reason;  // when refused; tells a stranger nothing about which nodes exist
  [[nodiscard]] bool accepted() const {
    return outcome == EnrolmentOutcome::bind || outcome == EnrolmentOutcome::again;
  }
};

// `asking` is the key that the transport vouches for, `facts` are about enroll.node.
[[nodiscard]] EnrolmentDecision judge_enrolment(std::string_view enrolment_key,
                                                const AgentKey& asking, const wire::Enroll& enroll,
                                                const EnrolmentFacts& facts, MonoTime now);

}  // namespace edgeherd::observe
