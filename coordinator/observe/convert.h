// From the wire's messages to the model's facts: the one place that knows both.
#pragma once

#include "common/wire/messages.h"
#include "coordinator/model/event.h"

namespace edgeherd::observe {

[[nodiscard]] model::Sample to_model(wire::Sample&& sample);
[[nodiscard]] model::HelloHeard to_model(const NodeId& node, const wire::Hello& hello);
[[nodiscard]] model::CommandAnswered to_model(const NodeId& node,
                                              const wire::CommandStatus& status);
// A severity that we do not know is taken for a warning: an agent may be newer than we are.
[[nodiscard]] model::AgentSpoke to_model(const NodeId& node, const ZoneId& zone,
                                         const wire::Event& event);

}  // namespace edgeherd::observe
