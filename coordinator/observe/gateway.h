// Gateway: the coordinator's two ports on real sockets, and the GatewayCore behind them.
//
// Thread: the loop's (the ZAP handler has one of its own). Owner: the app; context, loop and sink
// outlive it.
#pragma once

#include <memory>
#include <string>

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/net/context.h"
#include "common/net/router_socket.h"
#include "common/net/zap.h"
#include "coordinator/observe/agent_gate.h"
#include "coordinator/observe/gateway_core.h"

namespace edgeherd::observe {

struct GatewayOptions {
  std::string fleet_endpoint = "tcp://127.0.0.1:9400";
  std::string enroll_endpoint = "tcp://127.0.0.1:9401";
  net::CurveKeyPair keys;  // the coordinator's
  // Open files are reserved for so many.
  int max_agents = 10'000;
  int enroll_connections = 2048;  // at once (net::RouterOptions)
  net::EnrollRate enroll_rate;
  GatewayLimits limits;
  // Messages that come within this time of each other share one wake-up of the loop.
  Duration rest = 5ms;
};

class Gateway final : public AgentGate, private GatewayTransport {
 public:
  // Listens on both ports, or on none: the ZAP handler is up before the first of them binds. The
  // error names the endpoint or the limit of open files.
  [[nodiscard]] static Result<std::unique_ptr<Gateway>> start(net::Context& context,
                                                              os::AsioLoop& loop, GatewaySink& sink,
                                                              GatewayOptions options);
  ~Gateway() override;

  // At the port and in the core. Who is revoked may stay connected, but is not heard.
  void admit(const AgentKey& agent) override;
  void revoke(const AgentKey& agent) override;
  Status send(const AgentKey& agent, const wire::Message& message) override {
    return core_.send(agent, message);
  }

  [[nodiscard]] const GatewayCore& core() const { return core_; }
  [[nodiscard]] const net::RouterSocket& fleet() const { return *fleet_; }
  [[nodiscard]] const net::RouterSocket& enroll() const { return *enroll_; }
  // Not alive: newcomers are refused; the coordinator is not ready.
  [[nodiscard]] const net::ZapHandler& zap() const { return *zap_; }

 private:
  Gateway(const Clock& clock, GatewaySink& sink, GatewayLimits limits);
  Status send(Port port, std::string_view routing_id, std::string_view bytes) override;

  GatewayCore core_;
  net::AdmittedKeys keys_;
  // Destroyed in reverse: the ports before the handler that guards them.
  std::unique_ptr<net::ZapHandler> zap_;
  std::unique_ptr<net::RouterSocket> fleet_;
  std::unique_ptr<net::RouterSocket> enroll_;
};

}  // namespace edgeherd::observe
