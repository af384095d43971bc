// Any bytes as a scenario of the simulator, or as what one of its processes says became of it:
// refused by name, or read; and a scenario that was read is written as one that can be read.
#include "coordinator/sim/run/outcome.h"
#include "coordinator/sim/run/scenario_json.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto scenario = sim::parse_scenario("f", text);
  fuzz::require(scenario.ok() || scenario.error().message.starts_with("f"));
  if (scenario.ok()) fuzz::require(sim::parse_scenario("f", sim::scenario_text(*scenario)).ok());
  const auto outcome = sim::parse_outcome("f", text);
  fuzz::require(outcome.ok() || !outcome.error().message.empty());
  return 0;
}
