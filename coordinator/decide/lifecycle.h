// The next step of one node through its life (docs/life.md has the table). Pure.
//
// At most one action of a node; nothing here waits for another node. The zone's size may want a
// second one of it (scale.h), which the re-check before the deed stops (act/carry_out.cc).
#pragma once

#include <optional>
#include <string>

#include "coordinator/decide/plan.h"

namespace edgeherd::decide {

// `held_in_zone`: nodes of the zone that are held already.
[[nodiscard]] std::optional<Action> next_step(const model::Node& node, const model::Fleet& fleet,
                                              const model::Policy& policy, int held_in_zone,
                                              MonoTime now);

// What a leaving node waits for, for people: "its connections to end, 12 now; ...". Brakes are not
// looked at: a plan's withheld actions tell them. Nothing for one that is not leaving.
[[nodiscard]] std::optional<std::string> waits_for(const model::Node& node,
                                                   const model::Fleet& fleet,
                                                   const model::Policy& policy, int held_in_zone,
                                                   MonoTime now);

// Until when a node's agent must have enrolled. A server that was launched before this coordinator
// started has all of the time again: its database may be an older one, and the server in use by
// now.
[[nodiscard]] MonoTime boot_deadline(const model::Node& node, const model::Fleet& fleet,
                                     const model::Policy& policy);

// Whether a server that is made for it now would be destroyed in the middle of its boot, and its
// token be over.
[[nodiscard]] bool too_late_to_boot(const model::Node& node, const model::Fleet& fleet,
                                    const model::Policy& policy, MonoTime now);

// Whether its next step rests on what the names answer, so that they must be read often: one that
// leaves, until its address is gone from them for a TTL; one that may soon be given up before it
// ever served, for nobody must get its address from a name then.
[[nodiscard]] bool rests_on_names(const model::Node& node, const model::Fleet& fleet,
                                  const model::Policy& policy, MonoTime now);

// Why a node in VERIFYING is not put in service yet; nothing when it is fit.
[[nodiscard]] std::optional<std::string> unfit(const model::Node& node, const model::Policy& policy,
                                               MonoTime now);

}  // namespace edgeherd::decide
