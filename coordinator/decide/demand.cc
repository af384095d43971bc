#include "coordinator/decide/demand.h"

#include <algorithm>
#include <array>

#include "common/core/protection.h"

namespace edgeherd::decide {

namespace {

using model::Node;
using model::Rates;

const Protection missing_counts("check", "missing_at_target");

struct Resource {
  std::string_view name;
  std::optional<double> Rates::*rate;
  std::optional<double> capacity;  // per node; absent: not sized by it
  std::optional<double> target;    // absent: likewise
};

struct Total {
  double sum = 0;  // over all who carry traffic, draining ones too
  int known = 0;   // nodes in `sum`
  // Of the zone's capacity, who is asked out and has not left yet included:
  int with = 0;     // nodes whose rate is known
  int missing = 0;  // nodes whose rate is not
};

Total total_of(const Resource& resource, const ZoneView& view, const model::Policy& policy,
               MonoTime now) {
  Total total;
  const auto add = [&](const Node& node, bool counts) {
    const auto& rate = node.load.rates().*(resource.rate);
    const bool known = has_data(node, policy, now) && rate.has_value();
    if (known) {
      total.sum += *rate;
      ++total.known;
    }
    if (counts) ++(known ? total.with : total.missing);
  };
  for (const Node* node : view.in_service) add(*node, is_capacity(*node));
  // What draining nodes still carry comes back to the others.
  for (const Node* node : view.draining) add(*node, false);
  return total;
}

std::array<Resource, 4> resources_of(const model::ZonePolicy& zone) {
  return {Resource{"requests", &Rates::requests_per_s, zone.capacity.requests_per_s,
                   zone.targets.requests},
          Resource{"cpu", &Rates::cpu, 1.0, zone.targets.cpu},
          Resource{"egress", &Rates::egress_bits_per_s, zone.capacity.egress_bits_per_s,
                   zone.targets.egress},
          Resource{"disk", &Rates::disk_busy, 1.0, zone.targets.disk}};
}

}  // namespace

Demand measure(const model::ZonePolicy& zone, const ZoneView& view, const model::Policy& policy,
               MonoTime now, ZoneDecision& decision) {
  Demand demand;
  for (const Resource& resource : resources_of(zone)) {
    const Total total = total_of(resource, view, policy, now);
    if (total.with > 0) {
      if (resource.name == "requests") decision.requests_per_s = total.sum;
      if (resource.name == "egress") decision.egress_bits_per_s = total.sum;
      if (resource.name == "cpu") decision.cpu = total.sum / total.known;
      if (resource.name == "disk") decision.disk_busy = total.sum / total.known;
    }
    if (!resource.capacity || !resource.target) continue;
    if (total.with == 0) {
      // Sized by what nobody reports: every node may be at target. CPU and disk are sized by
      // wherever the box shows them, requests and egress because the operator said so.
      const bool asked_for = resource.name == "requests" || resource.name == "egress";
      if (asked_for && missing_counts.on())
        demand.most = std::max(demand.most, static_cast<double>(total.missing));
      continue;
    }
    const double least = total.sum / (*resource.capacity * *resource.target);
    // At target a node needs exactly itself.
    const double most = least + (missing_counts.on() ? total.missing : 0);
    if (!demand.known || least > demand.least) {
      demand.least = least;
      demand.leading = resource.name;
    }
    demand.most = std::max(demand.most, most);
    demand.known = true;
  }
  for (const Node* node : view.in_service) {
    if (is_capacity(*node) && !has_data(*node, policy, now)) ++decision.without_data;
  }
  return demand;
}

bool errors_high(const ZoneView& view, const model::Policy& policy, MonoTime now) {
  double requests = 0;
  double errors = 0;
  for (const Node* node : view.in_service) {
    if (!has_data(*node, policy, now)) continue;
    requests += node->load.rates().requests_per_s.value_or(0);
    errors += node->load.rates().errors_per_s.value_or(0);
  }
  return requests > 0 && errors > requests * policy.scaling.error_share;
}

}  // namespace edgeherd::decide
