// The one list of the node's metrics: /status.json and /metrics both follow it.
//
// Names are Prometheus names behind the prefix "edgeherd_agent_"; units are base units.
// Thread: constant data.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "agent/web/node_view.h"

namespace edgeherd::agent {

enum class MetricType { gauge, counter };

struct Metric {
  std::string_view name;
  std::string_view unit;  // "bytes", "seconds", "ratio", "requests", ...
  MetricType type;
  std::string_view help;
  std::optional<double> (*value)(const NodeView&);
  MonoTime (*at)(const NodeView&);  // when it was measured
};

[[nodiscard]] std::span<const Metric> metrics();

}  // namespace edgeherd::agent
