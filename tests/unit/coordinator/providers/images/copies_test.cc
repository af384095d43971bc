#include "coordinator/providers/images/copies.h"

#include "common/sim/sim_loop.h"
#include "coordinator/providers/images/asked.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::images;
using Catch::Matchers::Contains;

TEST_CASE("an image is asked for by its tag, its name, or an id") {
  CHECK(read_asked(ImageId("tag:edge")).by == By::tag);
  CHECK(read_asked(ImageId("tag:edge")).value == "edge");
  CHECK(read_asked(ImageId("name:edge 7")).by == By::name);
  CHECK(read_asked(ImageId("name:edge 7")).value == "edge 7");
  CHECK(read_asked(ImageId("ami-1")).by == By::id);
  CHECK(read_asked(ImageId("tags:edge")).value == "tags:edge");
}

TEST_CASE("one copy is asked for at longer and longer intervals, up to an hour") {
  sim::SimLoop loop;
  CopyTurns turns(loop);
  for (const Duration pause : {5min, 10min, 20min, 40min, 60min, 60min}) {
    CHECK(turns.take("a"));
    CHECK_FALSE(turns.take("a"));
    loop.run_for(pause - 1s);
    CHECK_FALSE(turns.take("a"));
    loop.run_for(1s);
  }
  CHECK(turns.take("b"));  // each by itself
}

TEST_CASE("an attempt that has ended delays the next one, once") {
  sim::SimLoop loop;
  CopyTurns turns(loop);
  turns.ended("a", "1", "transfer 1 has failed");
  turns.ended("a", "1", "transfer 1 has failed");
  CHECK_FALSE(turns.take("a"));
  CHECK(turns.not_copied("a", "13 (edge-9)", "nyc3") ==
        "image 13 (edge-9) is not in nyc3 and could not be copied there: transfer 1 has failed; it "
        "is tried again in 300 s at the earliest");
  loop.run_for(5min);
  turns.ended("a", "1", "transfer 1 has failed");
  CHECK(turns.take("a"));
}

TEST_CASE("a copy that nobody has wanted for hours begins anew") {
  sim::SimLoop loop;
  CopyTurns turns(loop);
  CHECK(turns.take("a"));
  turns.failed("a", "no");
  CHECK_THAT(turns.not_copied("a", "1", "x"), Contains(": no; it is tried again"));
  loop.run_for(3h);
  CHECK(turns.take("b"));
  CHECK(turns.not_copied("a", "1", "x") == "image 1 is not in x and could not be copied there");
}

TEST_CASE("a launch that waits for a copy is out of stock, and says since when") {
  sim::SimLoop loop;
  const Error error = launch_waits(on_its_way("13 (edge-9)", "nyc3", loop.clock().wall()));
  CHECK(error.code == Errc::out_of_stock);
  CHECK(error.message == "image 13 (edge-9) is on its way to nyc3, since 2026-01-01T00:00:00.000Z");
}
