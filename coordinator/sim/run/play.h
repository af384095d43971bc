// Plays one scenario from its beginning to its end, here and now, with every checker watching.
// The outcome is a function of the scenario and the build. Thread: the caller's.
#pragma once

#include <functional>
#include <string>

#include "coordinator/sim/run/outcome.h"
#include "coordinator/sim/world/world.h"

namespace edgeherd::sim {

struct Audience {
  // Told of every line of the diary as it is written. May be null.
  std::function<void(const std::string&)> on_line;
  // One more watcher; not owned, may be null.
  Watcher* watcher = nullptr;
};

// All but the CPU time, which is a process's to tell.
[[nodiscard]] Outcome play(const Scenario& scenario, const Audience& audience);

// How many of the diary's lines an outcome keeps of a run that broke a promise.
inline constexpr std::size_t kept_lines = 40;

}  // namespace edgeherd::sim
