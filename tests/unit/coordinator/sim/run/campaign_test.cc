#include "coordinator/sim/run/campaign.h"

#include <fstream>
#include <iterator>

#include <boost/json/serialize.hpp>

#include "common/os/real.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using namespace edgeherd::sim;
using edgeherd::test::TempDirectory;

namespace {

Outcome quick(const Scenario& scenario, const Audience&) {
  Outcome outcome;
  outcome.seed = scenario.seed;
  outcome.digest = scenario.seed * 1000 + scenario.zones.size();
  outcome.node_hours = 1.5;
  outcome.simulated = 2h;
  outcome.faults[FaultKind::net_loss] = 2;
  if (scenario.seed == 13) outcome.violation = Violation{"P1", "below the floor", 61s};
  return outcome;
}

CampaignOrder order(std::uint64_t first, std::uint64_t last, const std::string& resume = "") {
  CampaignOrder made;
  made.first = first;
  made.last = last;
  made.kind = {{1h, 5}, "0.1.0", "a-build"};
  made.crew.jobs = 3;
  made.crew.play = &quick;
  made.resume = resume;
  return made;
}

Result<Campaign> run(const CampaignOrder& what, const OnProgress& on_progress = nullptr) {
  const auto files = os::make_file_system();
  return run_campaign(what, *files, os::RealClock(), on_progress);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string refusal(const CampaignOrder& what) {
  const auto campaign = run(what);
  REQUIRE_FALSE(campaign.ok());
  return campaign.error().message;
}

}  // namespace

TEST_CASE("a campaign plays every seed once and tells of them in their order") {
  std::vector<std::uint64_t> steps;
  const auto campaign = run(order(10, 21), [&](const Progress& progress) {
    steps.push_back(progress.done);
    CHECK(progress.of == 12);
  });
  REQUIRE(campaign.ok());
  REQUIRE(campaign->outcomes.size() == 12);
  for (std::uint64_t i = 0; i < 12; ++i) CHECK(campaign->outcomes[i].seed == 10 + i);
  CHECK(steps.size() == 12);
  CHECK(steps.back() == 12);

  const Totals totals = totals_of(campaign->outcomes);
  CHECK(totals.seeds == 12);
  CHECK(totals.violations == 1);
  CHECK(totals.node_hours == Approx(18));
  CHECK(totals.simulated == 24h);
  CHECK(totals.faults.at(FaultKind::net_loss) == 24);
}

TEST_CASE("the last seeds that there are can be played too") {
  const std::uint64_t last = ~std::uint64_t{0};
  const auto campaign = run(order(last - 1, last));
  REQUIRE(campaign.ok());
  REQUIRE(campaign->outcomes.size() == 2);
  CHECK(campaign->outcomes[1].seed == last);
}

TEST_CASE("a campaign that is resumed plays only what its file does not have") {
  const TempDirectory directory;
  const std::string path = directory.file("campaign");
  REQUIRE(run(order(1, 4, path)).ok());
  // What is known is believed, not played again.
  std::string text = read(path);
  const std::string mark = hex(2 * 1000 + generate(2, {1h, 5}).zones.size());
  REQUIRE(text.find(mark) != std::string::npos);
  text.replace(text.find(mark), 16, "00000000000000ff");
  write(path, text);

  const auto campaign = run(order(2, 14, path));
  REQUIRE(campaign.ok());
  CHECK(campaign->skipped == 3);
  CHECK(campaign->simulated_now == 20h);
  REQUIRE(campaign->outcomes.size() == 13);
  CHECK(campaign->outcomes[0].digest == 0xff);
  CHECK(totals_of(campaign->outcomes).violations == 1);

  const std::string all = read(path);
  CHECK(std::count(all.begin(), all.end(), '\n') == 1 + 14);
  const auto again = run(order(2, 14, path));
  REQUIRE(again.ok());
  CHECK(again->skipped == 13);
  CHECK(again->outcomes[11].violation->text == "below the floor");
  CHECK(read(path) == all);
}

TEST_CASE("wherever a campaign's file is torn, what is whole counts and the rest is played again") {
  const TempDirectory directory;
  const std::string path = directory.file("campaign");
  REQUIRE(run(order(1, 2, path)).ok());
  const std::string whole = read(path);
  for (std::size_t size = 0; size <= whole.size(); size += 7) {
    write(path, whole.substr(0, size));
    const auto lines = std::count(whole.begin(), whole.begin() + static_cast<long>(size), '\n');
    const auto campaign = run(order(1, 2, path));
    INFO(size);
    REQUIRE(campaign.ok());
    CHECK(campaign->skipped == static_cast<std::uint64_t>(std::max<long>(0, lines - 1)));
    const std::string after = read(path);
    CHECK(std::count(after.begin(), after.end(), '\n') == 3);
    CHECK(after.ends_with('\n'));
  }
}

TEST_CASE("a file of another campaign is refused, and left as it is") {
  const TempDirectory directory;
  const std::string path = directory.file("campaign");
  REQUIRE(run(order(1, 2, path)).ok());
  const std::string before = read(path);
  CampaignOrder other = order(1, 3, path);
  other.kind.size.time = 2h;
  CHECK(refusal(other).starts_with(path + " holds seeds of 1h, not of 2h; "));
  other = order(1, 3, path);
  other.kind.size.nodes = 6;
  CHECK(refusal(other).starts_with(path + " holds seeds of 5 nodes, not of 6; "));
  other = order(1, 3, path);
  other.kind.version = "0.2.0";
  CHECK(refusal(other).starts_with(path + " holds results of version 0.1.0, not of 0.2.0; "));
  other = order(1, 3, path);
  other.kind.build = "another";
  CHECK(refusal(other).starts_with(path + " holds results of another build of edgeherd; "));
  CHECK(read(path) == before);
}

TEST_CASE("a file that is no campaign's is refused, and left as it is") {
  const TempDirectory directory;
  const std::string path = directory.file("notes");
  for (const std::string text : {"my notes\n", "my notes", "{\"campaign\": 2}\n", "\n"}) {
    write(path, text);
    CHECK(refusal(order(1, 2, path)) == path + " is not a campaign's file");
    CHECK(read(path) == text);
  }
}

TEST_CASE("a damaged line of a campaign's file is named") {
  const TempDirectory directory;
  const std::string path = directory.file("campaign");
  REQUIRE(run(order(1, 3, path)).ok());
  std::string text = read(path);
  text.replace(text.find("\"lines\""), 7, "\"linse\"");
  write(path, text);
  CHECK(refusal(order(1, 3, path)).starts_with(path + ": line 2 is no outcome: "));
  CHECK(refusal(order(1, 3, directory.file("none/there"))).find("none/there") != std::string::npos);
}

TEST_CASE("an outcome that is written and read is the same") {
  Outcome outcome;
  outcome.seed = ~std::uint64_t{0};
  outcome.digest = 0xfedcba9876543210U;
  outcome.lines = 12;
  outcome.node_hours = 0.1;
  outcome.simulated = 7200s + 1ns;
  outcome.events = 123456789;
  outcome.faults = {{FaultKind::net_loss, 1}, {FaultKind::load_drop, 2}};
  outcome.launches = 3;
  outcome.removals = 4;
  outcome.violation = Violation{"P4", "two \"servers\"\n", 61s + 3ms};
  outcome.last_lines = {"one", "two"};
  outcome.cpu = 1234567us;
  const std::string text = boost::json::serialize(to_json(outcome));
  const auto read = parse_outcome("o", text);
  REQUIRE(read.ok());
  CHECK(boost::json::serialize(to_json(*read)) == text);
  CHECK(read->seed == outcome.seed);
  CHECK(read->digest == outcome.digest);
  CHECK(read->simulated == outcome.simulated);
  CHECK(read->faults == outcome.faults);
  CHECK(read->violation->at == outcome.violation->at);
  CHECK(read->violation->text == outcome.violation->text);
  CHECK(read->last_lines == outcome.last_lines);
}
