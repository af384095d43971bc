// Plays scenarios in processes of their own, several at once. A process that dies, by an assertion
// or a signal or for want of CPU time, is an outcome that breaks the promise "crash", and the
// others go on.
//
// Thread: the caller's, in a program that has no other: a child goes on with a copy of it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/core/result.h"
#include "coordinator/sim/run/outcome.h"
#include "coordinator/sim/run/play.h"

namespace edgeherd::sim {

struct Task {
  Scenario scenario;
  std::string history;  // a file for the diary's lines, made anew; empty: none
};

struct Crew {
  int jobs = 1;
  Duration most_cpu = 30min;  // of one run, or for each day of one that simulates more than one
  // What runs in the child. Null: play(). For tests of what happens when it goes wrong.
  std::function<Outcome(const Scenario&, const Audience&)> play;
  // A descriptor of the parent's that no run may keep open beyond its end: a lock's. -1: none.
  int not_for_runs = -1;
};

// Nothing: there are no more.
using NextTask = std::function<std::optional<Task>()>;
// In the order in which they end. An error ends the work.
using TaskDone = std::function<Status(Outcome)>;

// Errors: those of `done`; `exhausted` when the system has no processes or memory left; a history
// file that cannot be written. Children that still run are then killed.
[[nodiscard]] Status play_apart(const Crew& crew, const NextTask& next, const TaskDone& done);

// One of them, waited for.
[[nodiscard]] Result<Outcome> play_apart(const Crew& crew, const Task& task);

}  // namespace edgeherd::sim
