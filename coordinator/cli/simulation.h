// What `edgeherd simulate` asks for. The simulator is not this room's to know: the program's main
// hands in what plays it. Thread: value types.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <boost/json/object.hpp>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::cli {

enum class Shrink { no, yes };

struct Simulation {
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  Duration time = 2h;
  int nodes = 50;
  std::string scenario;  // a file, instead of seeds; empty: none
  std::string history;   // a file to write; empty: none
  std::string resume;    // a file to go on with; empty: none
  int jobs = 0;          // 0: as many as there are processors
  Shrink shrink = Shrink::no;
};

// The document of docs/simulator.md, or why there is none.
using Simulate = std::function<Result<boost::json::object>(const Simulation&)>;

}  // namespace edgeherd::cli
