// What `edgeherd simulate` does: a campaign of seeds, or one scenario of a file; then, if that is
// wanted, the first failure with fewer faults. The answer is a document, as the API's are.
//
// Thread: the caller's, in a program that has no other (see apart.h).
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "coordinator/sim/run/campaign.h"

namespace edgeherd::sim {

enum class Shrinking { no, yes };

struct SimulateOrder {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
  Size size;
  std::string scenario;  // a file, instead of seeds; empty: none
  std::string history;   // a file for the lines of the one run; empty: none
  std::string resume;    // see CampaignOrder
  int jobs = 0;          // 0: as many as there are processors
  Shrinking shrinking = Shrinking::no;
};

// The system that it runs on.
struct Workshop {
  FileSystem& files;
  const Clock& clock;
  Crew crew;  // its jobs are the order's
};

inline constexpr int most_shrink_runs = 400;

// The document is described in docs/simulator.md. Errors: what cannot be read, written or resumed,
// combinations that mean nothing (`invalid`), and files that are another's (`conflict`): a history
// that would take the place of something else, results that another simulate writes. That shrinking
// failed is no error, it stands in the document.
[[nodiscard]] Result<boost::json::object> simulate(const SimulateOrder& order,
                                                   const Workshop& workshop,
                                                   const OnProgress& on_progress);

}  // namespace edgeherd::sim
