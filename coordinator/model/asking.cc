#include "coordinator/model/asking.h"

#include <algorithm>

namespace edgeherd::model {

namespace {

// A coordinator that stands still for longer begins anew (act/controller.cc).
constexpr Duration late_tick = 15s;

// Between two sendings, at most, of a command that is not held back.
Duration most_apart(const Node& node, const Timings& timings) {
  const Duration resent = timings.resend_command + late_tick + 4 * timings.tick;
  // It said that it was done: it is asked again only after the archive was, which may take tries.
  return node.leaving.command_done ? resent + timings.retry_call : resent;
}

}  // namespace

bool is_asked(const Node& node, const Timings& timings, MonoTime now) {
  const Leaving& leaving = node.leaving;
  if (!leaving.asked_since || !leaving.asked_until) return false;
  if (node.call != Call::none) return true;
  const auto& heard = node.agent.heard_at;
  const MonoTime could_be = heard ? std::min(now, *heard + timings.agent_away) : now;
  return could_be - *leaving.asked_until <= most_apart(node, timings);
}

}  // namespace edgeherd::model
