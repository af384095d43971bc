// AgentGate: who may speak on the fleet port, and how to answer him. The gateway on real sockets,
// or a simulation.
#pragma once

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/wire/messages.h"

namespace edgeherd::observe {

// Thread: the loop's. Nothing here blocks.
class AgentGate {
 public:
  virtual ~AgentGate() = default;
  // Both may be repeated. Who is revoked may stay connected, but is not heard.
  virtual void admit(const AgentKey& agent) = 0;
  virtual void revoke(const AgentKey& agent) = 0;
  // `not_found`: the agent is not connected; `exhausted`: it does not read.
  virtual Status send(const AgentKey& agent, const wire::Message& message) = 0;
};

}  // namespace edgeherd::observe
