#include "coordinator/app/secrets.h"

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;

namespace {

struct Bench {
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
  sim::SimRandom random{5};
  Bench() { REQUIRE(files.make_directories("/state").ok()); }
  Result<std::string> key() { return app::load_or_make_secret(files, random, "/state/key"); }
};

}  // namespace

TEST_CASE("a secret is made once and then kept, through a crash too") {
  Bench bench;
  const std::string made = bench.key().value();
  CHECK(made.size() == 64);
  CHECK(bench.key().value() == made);
  REQUIRE(bench.files.sync_directory("/").ok());
  bench.files.crash(bench.random);
  CHECK(bench.key().value() == made);
}

TEST_CASE("a damaged secret is an error and stays as it is") {
  for (const char* text :
       {"", "abc", "zz00000000000000000000000000000000000000000000000000000000000000"}) {
    Bench bench;
    REQUIRE(bench.files.write_whole("/state/key", text).ok());
    const auto key = bench.key();
    REQUIRE_FALSE(key.ok());
    CHECK(key.error().message.find("/state/key") != std::string::npos);
    CHECK(bench.files.read_whole("/state/key", 1000).value() == text);
  }
}

TEST_CASE("a secret that cannot be written is an error: it would be another one after a restart") {
  Bench bench;
  bench.files.faults().failing_syncs = 1;
  CHECK_FALSE(bench.key().ok());
}

TEST_CASE("a secret that cannot be read is not replaced") {
  Bench bench;
  const std::string made = bench.key().value();
  bench.files.faults().failing_reads = 1;
  CHECK_FALSE(bench.key().ok());
  CHECK(bench.key().value() == made);
}
