#include "coordinator/sim/check/beside.h"

#include <algorithm>

namespace edgeherd::sim {

int carry_beside(World& world, const model::Fleet& fleet, const ZoneId& zone) {
  const auto carries = [&](const VmId& vm) {
    const Box* box = world.yard.find(vm);
    return box != nullptr && box->answers_viewers();
  };
  std::ptrdiff_t count = std::ranges::count_if(fleet.nodes(), [&](const auto& entry) {
    const model::Node& node = entry.second;
    const bool adopted = node.origin == model::Origin::adopted && is_coming(node);
    return node.zone == zone && adopted && carries(node.vm);
  });
  const auto& named = world.dns.addresses(act::NameKey(dns_name_of(zone)));
  for (const auto& [id, account] : fleet.accounts()) {
    count += std::ranges::count_if(account.strangers, [&](const model::Vm& vm) {
      return named.contains(vm.address) && carries(vm.id);
    });
  }
  return static_cast<int>(count);
}

}  // namespace edgeherd::sim
