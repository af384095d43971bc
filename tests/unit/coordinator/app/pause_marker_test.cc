#include "coordinator/app/pause_marker.h"

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
  Bench() {
    REQUIRE(files.make_directories("/state").ok());
    REQUIRE(files.sync_directory("/").ok());
  }
  app::PauseMarker again() { return {files, "/state/paused"}; }
};

}  // namespace

TEST_CASE("a pause is written down until it ends, through a crash too") {
  Bench bench;
  app::PauseMarker marker = bench.again();
  CHECK_FALSE(marker.found());
  marker.keep(std::nullopt);
  CHECK_FALSE(marker.found());
  marker.keep("the racks move");
  bench.files.crash(bench.random);
  CHECK(bench.again().found() == "the racks move");
  app::PauseMarker later = bench.again();
  later.keep("");  // another pause, without a reason
  CHECK(later.found() == "");
  later.keep(std::nullopt);
  CHECK_FALSE(later.found());
}

TEST_CASE("a pause that could not be written down is written when the disk has room again") {
  Bench bench;
  app::PauseMarker marker = bench.again();
  bench.files.set_capacity(0);
  marker.keep("the racks move");
  CHECK_FALSE(marker.found());
  bench.files.set_capacity(sim::SimFileSystem::default_capacity);
  marker.keep("the racks move");
  CHECK(marker.found() == "the racks move");
}
