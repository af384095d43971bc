// A campaign: many seeds, each played in a process of its own. What is found of each seed depends
// on the seed, the size and the build alone, not on how many are played at once.
//
// Thread: the caller's, in a program that has no other (see apart.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/file_system.h"
#include "coordinator/sim/run/apart.h"
#include "coordinator/sim/run/results_file.h"

namespace edgeherd::sim {

struct CampaignOrder {
  std::uint64_t first = 1;  // both are played
  std::uint64_t last = 1;
  CampaignKind kind;
  Crew crew;
  std::string resume;  // a ResultsFile; empty: none
};

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t violations = 0;
  double node_hours = 0;
  Duration simulated{};
  std::uint64_t events = 0;
  std::uint64_t launches = 0;
  std::uint64_t removals = 0;
  std::map<FaultKind, std::uint64_t> faults;
  Duration cpu{};
};
[[nodiscard]] Totals totals_of(const std::vector<Outcome>& outcomes);

struct Campaign {
  std::vector<Outcome> outcomes;  // by seed
  std::uint64_t skipped = 0;      // of them, known before
  Duration simulated_now{};       // of the others
  Duration wall{};                // that it took
};

enum class Stage { seeds, shrinking };

struct Progress {
  Stage stage = Stage::seeds;
  std::uint64_t done = 0;  // seeds, or runs of the shrinking
  std::uint64_t of = 0;    // at most
  std::uint64_t violations = 0;
};
// After each run. May be null.
using OnProgress = std::function<void(const Progress&)>;

// Errors: those of the results' file and of play_apart().
[[nodiscard]] Result<Campaign> run_campaign(const CampaignOrder& order, FileSystem& files,
                                            const Clock& clock, const OnProgress& on_progress);

}  // namespace edgeherd::sim
