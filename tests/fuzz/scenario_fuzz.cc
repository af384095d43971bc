// Any bytes as a scenario of the simulator, as what one of its processes says became of it, or as
// the file of a campaign: refused by name, or read; and what was read is the same when it is
// written and read again.
#include <boost/json/serialize.hpp>

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "coordinator/sim/run/outcome.h"
#include "coordinator/sim/run/results_file.h"
#include "coordinator/sim/run/scenario_json.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

namespace {

const sim::CampaignKind kind{{2h, 50}, "1.0", "b"};

// The outcomes in it; a line more is one more, and what was cut off is gone.
std::optional<std::vector<sim::Outcome>> as_campaign(FileSystem& files, std::string_view text) {
  const auto open = [&files] { return sim::ResultsFile::open(files, "/c", kind); };
  fuzz::require(files.write_whole("/c", text).ok());
  auto results = open();
  if (!results.ok()) {
    fuzz::require(results.error().message.find("/c") != std::string::npos);
    return std::nullopt;
  }
  auto outcomes = (*results)->take_outcomes();
  fuzz::require((*results)->append(sim::Outcome{}).ok());
  auto again = open();
  fuzz::require(again.ok() && (*again)->take_outcomes().size() == outcomes.size() + 1);
  return outcomes;
}

// As it is, and as what comes after a beginning of the right kind.
void as_campaign(std::string_view text) {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  (void)as_campaign(files, text);
  fuzz::require(files.write_whole("/c", "").ok());
  fuzz::require(sim::ResultsFile::open(files, "/c", kind).ok());
  const std::string begun = *files.read_whole("/c", 1024);
  const auto outcomes = as_campaign(files, begun + std::string(text));
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (outcomes) fuzz::require(outcomes->size() == static_cast<std::size_t>(lines));
}

}  // namespace

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
  as_campaign(text);
  return 0;
}
