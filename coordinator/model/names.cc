// The names of the model's enums, as they stand in the API, the store and the log.
#include <array>

#include "coordinator/model/event.h"
#include "coordinator/model/node.h"

namespace edgeherd::model {

namespace {

constexpr std::array<std::string_view, 9> state_names = {"requested",  "booting",     "verifying",
                                                         "in_service", "draining",    "flushing",
                                                         "flushed",    "terminating", "gone"};
constexpr std::array<std::string_view, 8> cause_names = {
    "none", "scale_in", "sick", "operator", "rotation", "failed_boot", "lost", "duplicate"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(NodeState state) {
  return state_names[static_cast<std::size_t>(state)];
}
std::optional<NodeState> node_state_from(std::string_view text) {
  return find<NodeState>(state_names, text);
}

std::string_view to_string(Cause cause) {
  return cause_names[static_cast<std::size_t>(cause)];
}
std::optional<Cause> cause_from(std::string_view text) {
  return find<Cause>(cause_names, text);
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::healthy:
      return "healthy";
    case Verdict::degraded:
      return "degraded";
    case Verdict::bad:
      return "bad";
    case Verdict::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::alarm:
      return "alarm";
  }
  return "alarm";
}

ActionId action_id(const Node& node, std::string_view verb, std::uint64_t epoch) {
  return ActionId(node.id.str() + "-" + std::string(verb) + "-" + std::to_string(epoch) + "." +
                  std::to_string(node.visit));
}

NodeId double_of(const NodeId& launch, const VmId& vm) {
  return NodeId(launch.str() + "+" + vm.str());
}

std::string_view to_string(Direction direction) {
  return direction == Direction::up ? "up" : "down";
}

std::optional<Direction> direction_from(std::string_view text) {
  if (text == "up") return Direction::up;
  if (text == "down") return Direction::down;
  return std::nullopt;
}

}  // namespace edgeherd::model
