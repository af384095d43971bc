// Any bytes as a scenario of the simulator, or as what one of its processes says became of it:
// refused by name, or read; and what was read is the same when it is written and read again.
#include <boost/json/serialize.hpp>

#include "coordinator/sim/run/outcome.h"
#include "coordinator/sim/run/scenario_json.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto scenario = sim::parse_scenario("f", text);
  fuzz::require(scenario.ok() || scenario.error().message.starts_with("f"));
  if (scenario.ok()) {
    const auto again = sim::parse_scenario("f", sim::scenario_text(*scenario));
    fuzz::require(again.ok() && *again == *scenario);
  }
  const auto outcome = sim::parse_outcome("f", text);
  fuzz::require(outcome.ok() || !outcome.error().message.empty());
  if (outcome.ok()) {
    const std::string written = boost::json::serialize(sim::to_json(*outcome));
    const auto again = sim::parse_outcome("f", written);
    fuzz::require(again.ok() && boost::json::serialize(sim::to_json(*again)) == written);
  }
  return 0;
}
