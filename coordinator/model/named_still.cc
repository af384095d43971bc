#include "coordinator/model/named_still.h"

namespace edgeherd::model {

std::optional<std::string> named_still(const Node& node, const Zone& zone, const ZonePolicy* policy,
                                       MonoTime now) {
  const bool awaited = node.state == NodeState::draining && !node.drop_now;
  if (!is_leaving(node) || awaited || node.address.empty()) return std::nullopt;
  if (policy == nullptr || !has_names(*policy, node.id)) return std::nullopt;
  const std::string why = zone.names_failure.empty() ? "" : ": " + zone.names_failure;
  if (!zone.names_read_at) {
    if (!node.drop_now) return std::nullopt;
    return "its names were not read since the coordinator started, and may give its address" + why;
  }
  if (!zone.names.contains(node.address)) return std::nullopt;
  return "its names were read " + words_of(now - *zone.names_read_at) +
         " ago, and gave its address" + why;
}

}  // namespace edgeherd::model
