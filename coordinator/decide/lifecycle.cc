#include "coordinator/decide/lifecycle.h"

#include "coordinator/decide/life.h"

namespace edgeherd::decide {

std::optional<Action> next_step(const model::Node& node, const model::Fleet& fleet,
                                const model::Policy& policy, int held_in_zone, MonoTime now) {
  return Life(node, fleet, policy, held_in_zone, now).step();
}

std::optional<std::string> waits_for(const model::Node& node, const model::Fleet& fleet,
                                     const model::Policy& policy, int held_in_zone, MonoTime now) {
  return Life(node, fleet, policy, held_in_zone, now).waiting();
}

bool rests_on_names(const model::Node& node, const model::Fleet& fleet, const model::Policy& policy,
                    MonoTime now) {
  return Life(node, fleet, policy, 0, now).rests_on_names();
}

}  // namespace edgeherd::decide
