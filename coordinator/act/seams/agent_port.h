// AgentPort: the coordinator's side of the fleet port, as act needs it (real: desk's AgentDesk).
#pragma once

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/wire/messages.h"

namespace edgeherd::act {

// Thread: the loop's. Nothing here blocks.
class AgentPort {
 public:
  virtual ~AgentPort() = default;

  // Queues a message for an agent. Success does not mean that it arrives. `not_found`: no such peer
  // is connected; `exhausted`: its queue is full. Nothing was queued then.
  virtual Status send(const AgentKey& to, const wire::Message& message) = 0;

  // Who may speak on the fleet port. Both may be repeated. Who is revoked may stay connected, but
  // is not heard.
  virtual void admit(const AgentKey& key) = 0;
  virtual void revoke(const AgentKey& key) = 0;
};

}  // namespace edgeherd::act
