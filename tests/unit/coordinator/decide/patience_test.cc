// How long an agent that does not do as it is told is waited for: as long as it was really asked.
#include "tests/unit/coordinator/decide/life_words.h"

using namespace edgeherd;
using namespace edgeherd::decide;

namespace {

// A server whose drain is over but for its listener, which it was asked to close for a while.
struct AskedToClose : FleetWorld {
  AskedToClose() {
    zone("p/z", 1, 5);
    id = in_state("p/z", NodeState::draining);
    sent(*this, id, "drain");
    answer(*this, id, "drain", done);
    now += t.drain_deadline + 1s;
    ask(*this, id, "close_listener", 1min);
  }
  const model::Timings& t = policy.timings;
  NodeId id;
};

// A server that was asked for its logs for a while.
struct AskedToFlush : FleetWorld {
  AskedToFlush() {
    zone("p/z", 1, 5);
    policy.timings.flush_failure = model::FlushFailure::terminate;
    id = in_state("p/z", NodeState::flushing);
    ask(*this, id, "flush", 1min);
  }
  const model::Timings& t = policy.timings;
  NodeId id;
};

// A pause, a shadow mode: the agent is well, and hears nothing.
void pass(FleetWorld& world, const NodeId& id, Duration span) {
  for (const MonoTime end = world.now + span; world.now < end; world.now += 5s) {
    world.sample(id, {});
  }
  world.sample(id, {});
}

}  // namespace

TEST_CASE("an agent that nobody asked for long is asked again before its listener is given up") {
  AskedToClose world;
  pass(world, world.id, 2 * world.t.drain_deadline);
  CHECK(wants(world, world.id) == "command close_listener");
  ask(world, world.id, "close_listener", world.t.drain_deadline - 1s);
  CHECK(wants(world, world.id) != "begin_flush");
  world.now += 1s;
  CHECK(wants(world, world.id) == "begin_flush");
}

TEST_CASE("an agent that nobody asked for long is asked again before its logs are given up") {
  AskedToFlush world;
  pass(world, world.id, world.t.flush_deadline);
  CHECK(wants(world, world.id) == "command flush");
  ask(world, world.id, "flush", world.t.flush_deadline);
  CHECK(wants(world, world.id) == "command flush");
  world.now += 1s;
  CHECK(wants(world, world.id) == "give_up_flush");
}

TEST_CASE("a coordinator that is slow for a moment gives no agent more time") {
  AskedToClose world;
  ask(world, world.id, "close_listener", world.t.drain_deadline - 1min - 20s);
  world.now += 20s;
  world.sample(world.id, {});
  CHECK(wants(world, world.id) == "begin_flush");
}

TEST_CASE("an agent that falls silent and comes back gains no time by that, nor by its reboot") {
  AskedToFlush world;
  const bool rebooted = GENERATE(false, true);
  if (rebooted) {
    world.now += world.t.agent_away + 1s;
    CHECK(wants(world, world.id) == "reboot");
    world.apply(model::CallStarted{world.id, model::Call::reboot});
    world.now += 40s;
    world.apply(model::RebootAnswered{world.id, std::nullopt});
  }
  world.now += 90s;
  ask(world, world.id, "flush", world.t.flush_deadline);
  CHECK(wants(world, world.id) == "give_up_flush");
}

TEST_CASE("silence after a gap does not close it: the agent is asked anew") {
  AskedToFlush world;
  pass(world, world.id, 5min);
  world.now += world.t.flush_deadline;
  world.sample(world.id, {});
  CHECK(wants(world, world.id) == "command flush");
}

TEST_CASE("an agent that ships the wrong thing again and again gains no time by the checks") {
  AskedToFlush world;
  const MonoTime begun = world.now;
  const bool slow_tries = GENERATE(false, true);
  if (slow_tries) world.policy.timings.retry_call = 5min;
  std::string wanted;
  while (wanted != "give_up_flush" && world.now - begun < 1h) {
    ask(world, world.id, "flush", 10s);
    answer(world, world.id, "flush", done);
    pass(world, world.id, world.t.retry_call);
    REQUIRE(wants(world, world.id) == "check_archive");
    world.apply(model::CallStarted{world.id, model::Call::check_archive});
    pass(world, world.id, 40s);
    world.apply(model::ArchiveChecked{world.id, world.node(world.id).visit,
                                      fail(Errc::broken, "segment 2 is missing")});
    wanted = wants(world, world.id);
  }
  CHECK(world.now - begun < world.t.flush_deadline + (slow_tries ? 6min : 1min));
}

TEST_CASE("a gap before the check of an archive that fails gives the agent its time again") {
  AskedToFlush world;
  answer(world, world.id, "flush", done);
  pass(world, world.id, world.t.flush_deadline);  // nothing is checked either
  world.apply(model::CallStarted{world.id, model::Call::check_archive});
  world.apply(model::ArchiveChecked{world.id, world.node(world.id).visit,
                                    fail(Errc::broken, "segment 2 is missing")});
  CHECK(wants(world, world.id) == "command flush");
}
