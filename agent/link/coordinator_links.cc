#include "agent/link/coordinator_links.h"

#include "agent/link/on_demand_link.h"

namespace edgeherd::link {

namespace {

Status check(const CoordinatorAddress& address) {
  for (const std::string* endpoint : {&address.fleet_endpoint, &address.enroll_endpoint}) {
    if (!endpoint->empty() && !endpoint->starts_with("tcp://")) {
      return fail(Errc::invalid, "coordinator '" + address.name + "': endpoint '" + *endpoint +
                                     "' is not of the form tcp://host:port");
    }
  }
  if (address.fleet_endpoint.empty()) {
    return fail(Errc::invalid, "coordinator '" + address.name + "' has no endpoint");
  }
  if (!net::is_curve_key(address.public_key)) {
    return fail(Errc::invalid,
                "coordinator '" + address.name + "': the public key is not 40 characters of Z85");
  }
  return {};
}

}  // namespace

CoordinatorLinks::~CoordinatorLinks() = default;

Result<std::unique_ptr<CoordinatorLinks>> CoordinatorLinks::make(
    net::Context& context, os::AsioLoop& loop, Random& random, const net::CurveKeyPair& keys,
    const std::vector<CoordinatorAddress>& coordinators) {
  std::unique_ptr<CoordinatorLinks> links(new CoordinatorLinks());
  for (const CoordinatorAddress& address : coordinators) {
    if (auto good = check(address); !good) return good.error();
    net::DealerOptions options;
    options.server_key = address.public_key;
    options.keys = keys;
    options.endpoint = address.fleet_endpoint;
    Pair pair;
    pair.name = address.name;
    pair.fleet = std::make_unique<OnDemandLink>(context, loop, random, options,
                                                OnDemandLink::Stay::for_ever);
    if (!address.enroll_endpoint.empty()) {
      options.endpoint = address.enroll_endpoint;
      pair.enroll = std::make_unique<OnDemandLink>(context, loop, random, options,
                                                   OnDemandLink::Stay::while_used);
    }
    links->pairs_.push_back(std::move(pair));
  }
  return links;
}

MessageLink& CoordinatorLinks::fleet(std::size_t index) {
  return *pairs_.at(index).fleet;
}
MessageLink* CoordinatorLinks::enroll(std::size_t index) {
  return pairs_.at(index).enroll.get();
}

void CoordinatorLinks::on_connected(std::function<void(std::size_t)> handler) {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    pairs_[i].fleet->on_connected([handler, i] { handler(i); });
    if (pairs_[i].enroll) pairs_[i].enroll->on_connected([handler, i] { handler(i); });
  }
}

}  // namespace edgeherd::link
