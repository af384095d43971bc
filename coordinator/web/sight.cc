#include "coordinator/web/sight.h"

#include <set>

namespace edgeherd::web {

std::vector<ZoneId> known_zones(const Sight& sight) {
  std::set<ZoneId> zones;
  for (const auto& [id, policy] : sight.controller.policy().zones) zones.insert(id);
  for (const auto& [id, node] : sight.controller.fleet().nodes()) zones.insert(node.zone);
  return {zones.begin(), zones.end()};
}

}  // namespace edgeherd::web
