#include "coordinator/act/pause_marker.h"

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;

namespace {

struct Bench {
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
  sim::SimRandom random{5};
  testing::FleetWorld world;
  Bench() {
    REQUIRE(files.make_directories("/state").ok());
    REQUIRE(files.sync_directory("/").ok());
  }
  act::PauseMarker again() { return {files, "/state/paused"}; }
  void pause(const std::string& reason) { world.apply(model::Paused{reason}); }
  void resume() { world.apply(model::Resumed{}); }
  // The reason of the pause that a start from a database without one has; "none" if it has none.
  std::string found(act::Restored from = {}) {
    const std::size_t before = from.events.size();
    again().restore(from, "state.db");
    if (from.events.size() == before) return "none";
    return std::get<model::Paused>(from.events.back()).reason;
  }
};

const std::string told = " (/state/paused says so; state.db does not: is it an older one?)";

}  // namespace

TEST_CASE("a pause is written down until it ends, through a crash too") {
  Bench bench;
  act::PauseMarker marker = bench.again();
  CHECK(bench.found() == "none");
  CHECK(marker.keep(bench.world.fleet).ok());
  CHECK(bench.found() == "none");
  bench.pause("the racks move");
  CHECK(marker.keep(bench.world.fleet).ok());
  bench.files.crash(bench.random);
  CHECK(bench.found() == "the racks move" + told);
  act::PauseMarker later = bench.again();
  bench.pause("");  // another pause, without a reason
  CHECK(later.keep(bench.world.fleet).ok());
  CHECK(bench.found() == told);
  bench.resume();
  CHECK(later.keep(bench.world.fleet).ok());
  CHECK(bench.found() == "none");
}

TEST_CASE("the file is touched when the pause changes, and not besides") {
  Bench bench;
  act::PauseMarker marker = bench.again();
  REQUIRE(marker.keep(bench.world.fleet).ok());
  // Somebody else's, as a copy that is put back: looked at by the next start alone.
  REQUIRE(bench.files.write_whole("/state/paused", "by hand").ok());
  CHECK(marker.keep(bench.world.fleet).ok());
  CHECK(bench.found() == "by hand" + told);
}

TEST_CASE("a pause whose writing failed at its very end leaves no file when it ends") {
  Bench bench;
  act::PauseMarker marker = bench.again();
  bench.pause("the racks move");
  bench.files.faults().failing_directory_syncs = 1;
  CHECK_FALSE(marker.keep(bench.world.fleet).ok());
  bench.resume();
  CHECK(marker.keep(bench.world.fleet).ok());
  CHECK(bench.found() == "none");
}

TEST_CASE("a pause that has ended does not come back with a power loss") {
  for (int i = 0; i < 20; ++i) {
    Bench bench;
    bench.random = sim::SimRandom(static_cast<std::uint64_t>(i));
    act::PauseMarker marker = bench.again();
    bench.pause("the racks move");
    REQUIRE(marker.keep(bench.world.fleet).ok());
    bench.resume();
    REQUIRE(marker.keep(bench.world.fleet).ok());
    bench.files.crash(bench.random);
    CHECK(bench.found() == "none");
  }
}

TEST_CASE("a pause that the database knows is not put back a second time") {
  Bench bench;
  bench.pause("the racks move");
  CHECK(bench.again().keep(bench.world.fleet).ok());
  act::Restored known;
  known.events.emplace_back(model::Paused{"the racks move"});
  CHECK(bench.found(known) == "none");
}

TEST_CASE("a pause that could not be written down is told once, and written when there is room") {
  Bench bench;
  act::PauseMarker marker = bench.again();
  bench.files.set_capacity(0);
  bench.pause("the racks move");
  CHECK_FALSE(marker.keep(bench.world.fleet).ok());
  CHECK(marker.keep(bench.world.fleet).ok());
  CHECK(bench.found() == "none");
  bench.files.set_capacity(sim::SimFileSystem::default_capacity);
  CHECK(marker.keep(bench.world.fleet).ok());
  CHECK(bench.found() == "the racks move" + told);
}
