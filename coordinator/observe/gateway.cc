#include "coordinator/observe/gateway.h"

#include <utility>

#include "common/net/descriptor_limit.h"
#include "common/os/asio_loop.h"

namespace edgeherd::observe {

namespace {

net::RouterOptions fleet_port(const GatewayOptions& options) {
  net::RouterOptions router;
  router.endpoint = options.fleet_endpoint;
  router.domain = net::fleet_domain;
  router.keys = options.keys;
  router.max_message_bytes = wire::max_message_bytes;
  router.watch.rest = options.rest;
  return router;
}

net::RouterOptions enroll_port(const GatewayOptions& options) {
  net::RouterOptions router;
  router.endpoint = options.enroll_endpoint;
  router.domain = net::enroll_domain;
  router.keys = options.keys;
  router.max_message_bytes = wire::max_enroll_bytes;
  router.receive_queue = 4;
  router.send_queue = 4;
  router.handshake_limit = 5s;
  router.connection_limit = options.enroll_connections;
  return router;
}

}  // namespace

Gateway::Gateway(const Clock& clock, GatewaySink& sink, GatewayLimits limits)
    : core_(clock, sink, *this, limits) {}

Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::start(net::Context& context, os::AsioLoop& loop,
                                                GatewaySink& sink, GatewayOptions options) {
  const auto connections = static_cast<std::uint64_t>(options.max_agents) +
                           static_cast<std::uint64_t>(options.enroll_connections);
  if (auto done = net::ensure_descriptors(connections); !done.ok()) return done.error();
  std::unique_ptr<Gateway> gateway(new Gateway(loop.clock(), sink, options.limits));
  auto zap = net::ZapHandler::start(context, gateway->keys_, loop.clock(), options.enroll_rate);
  if (!zap.ok()) return zap.error().within("no port is opened without a ZAP handler");
  gateway->zap_ = std::move(*zap);
  const auto into = [core = &gateway->core_](Port port) {
    return [core, port](std::span<const net::Incoming> messages) { core->receive(port, messages); };
  };
  auto fleet = net::RouterSocket::listen(context, loop, *gateway->zap_, fleet_port(options),
                                         into(Port::fleet));
  if (!fleet.ok()) return fleet.error().within("the fleet port");
  auto enroll = net::RouterSocket::listen(context, loop, *gateway->zap_, enroll_port(options),
                                          into(Port::enroll));
  if (!enroll.ok()) return enroll.error().within("the enroll port");
  gateway->fleet_ = std::move(*fleet);
  gateway->enroll_ = std::move(*enroll);
  return gateway;
}

void Gateway::admit(const AgentKey& agent) {
  core_.admit(agent);
  keys_.add(agent);
}

void Gateway::revoke(const AgentKey& agent) {
  keys_.remove(agent);
  core_.revoke(agent);
}

Status Gateway::send(Port port, std::string_view routing_id, std::string_view bytes) {
  auto& router = port == Port::fleet ? fleet_ : enroll_;
  return router->send(routing_id, bytes);
}

}  // namespace edgeherd::observe
