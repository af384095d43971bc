#include "agent/metadata/remembered.h"

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::agent::metadata;
using Catch::Matchers::Contains;

namespace {

const std::string path = "/state/metadata.json";
const Found found{
    {Cloud::digitalocean, "lon1", "lon1", "7"}, "{\"node\": \"n\"}", "http://m/v1.json"};

struct Disk {
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
  Disk() { REQUIRE(files.make_directories("/state")); }
};

}  // namespace

TEST_CASE("what was found is recalled on the machine that it was found on, and on no other") {
  Disk disk;
  REQUIRE(remember(disk.files, path, {"machine-1", found}));
  const auto same = recall(disk.files, path, "machine-1");
  REQUIRE(same);
  REQUIRE(*same);
  CHECK((*same)->facts == found.facts);
  CHECK((*same)->user_data == found.user_data);
  CHECK((*same)->user_data_from == found.user_data_from);
  CHECK_FALSE(*recall(disk.files, path, "machine-2"));
  CHECK_FALSE(*recall(disk.files, path, ""));
}

TEST_CASE("without a machine's id nothing is kept, and nothing is recalled before anything was") {
  Disk disk;
  REQUIRE(remember(disk.files, path, {"", found}));
  CHECK(disk.files.info(path).error().code == Errc::not_found);
  const auto none = recall(disk.files, path, "machine-1");
  REQUIRE(none);
  CHECK_FALSE(*none);
}

TEST_CASE("a file that is not whole is an error with its name and the field, never with a secret") {
  const std::pair<std::string, const char*> wrong[] = {
      {"", "no JSON object"},
      {"[\"secret\"]", "no JSON object"},
      {R"({"machine": "machine-1", "cloud": "moon", "region": "a", "zone": "b", "instance_id": "c",
           "user_data": "secret", "user_data_from": "d"})",
       "\"cloud\""},
      {R"({"machine": "machine-1", "cloud": "aws", "region": "a", "zone": "b",
           "user_data": "secret", "user_data_from": "d"})",
       "\"instance_id\""}};
  for (const auto& [text, what] : wrong) {
    INFO(text);
    Disk disk;
    REQUIRE(disk.files.write_whole(path, text));
    const auto recalled = recall(disk.files, path, "machine-1");
    REQUIRE_FALSE(recalled);
    CHECK_THAT(recalled.error().message, Contains(path) && Contains(what) && !Contains("secret"));
  }
}
