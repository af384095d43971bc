// No agent is there, and none is missed.
#pragma once

#include "coordinator/act/seams/agent_port.h"

namespace edgeherd::act {

struct NoAgents final : AgentPort {
  Status send(const AgentKey&, const wire::Message&) override { return {}; }
  void admit(const AgentKey&) override {}
  void revoke(const AgentKey&) override {}
};

}  // namespace edgeherd::act
