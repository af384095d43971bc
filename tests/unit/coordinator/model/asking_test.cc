// Since when an agent is asked without a gap, and what is no gap.
#include "coordinator/model/asking.h"

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

struct Asked : FleetWorld {
  Asked() {
    zone("p/z", 1, 5);
    id = in_state("p/z", NodeState::flushing);
    ask("flush");
  }
  void ask(const std::string& verb) {
    sample(id, {});
    apply(CommandSent{id, verb, ActionId("a")});
  }
  void pass(Duration span, bool speaks) {
    for (Duration passed{}; passed < span; passed += 1s) {
      now += 1s;
      if (speaks) sample(id, {});
    }
    sample(id, {});
  }
  [[nodiscard]] bool asked() const { return is_asked(node(id), policy.timings, now); }
  NodeId id;
  MonoTime begun = now;
};

}  // namespace

TEST_CASE("who is asked again in time is asked since the first time, who is not is asked anew") {
  Asked world;
  world.pass(world.policy.timings.resend_command, true);
  CHECK(world.asked());
  world.ask("flush");
  CHECK(world.node(world.id).leaving.asked_since == world.begun);
  world.pass(1min, true);
  CHECK_FALSE(world.asked());
  world.ask("flush");
  CHECK(world.asked());
  CHECK(world.node(world.id).leaving.asked_since == world.now);
}

TEST_CASE("a command that waits for the store asks nobody, and is not decided again meanwhile") {
  Asked world;
  world.pass(1min, true);
  world.apply(CommandDecided{world.id});
  CHECK_FALSE(world.asked());
  CHECK(world.node(world.id).leaving.command_sent_at == world.now);
}

TEST_CASE("who is asked for another thing is asked anew") {
  Asked world;
  world.now += 1s;
  world.ask("close_listener");
  CHECK(world.node(world.id).leaving.asked_since == world.now);
}

TEST_CASE("an agent that was silent is still asked, as long as it is asked when it is back") {
  Asked world;
  world.pass(10min, false);
  CHECK(world.asked());
  SECTION("it is") {
    world.ask("flush");
    CHECK(world.node(world.id).leaving.asked_since == world.begun);
  }
  SECTION("it is not") {
    world.pass(1min, true);
    CHECK_FALSE(world.asked());
  }
}

TEST_CASE("while a call is under way nobody is to ask, and its end is as a question") {
  Asked world;
  const Call call = GENERATE(Call::check_archive, Call::reboot);
  const auto ends = [&] {
    if (call == Call::reboot) {
      world.apply(RebootAnswered{world.id, fail(Errc::unavailable, "503")});
    } else {
      world.apply(ArchiveChecked{world.id, world.node(world.id).visit,
                                 fail(Errc::broken, "segment 2 is missing")});
    }
  };
  SECTION("asked until then") {
    world.apply(CallStarted{world.id, call});
    world.pass(10min, true);
    CHECK(world.asked());
    SECTION("answered") {
      ends();
    }
    SECTION("not made") {
      world.apply(CallStarted{world.id, Call::none});
    }
    CHECK(world.asked());
    world.ask("flush");
    CHECK(world.node(world.id).leaving.asked_since == world.begun);
  }
  SECTION("not asked before it") {
    world.pass(1min, true);
    world.apply(CallStarted{world.id, call});
    ends();
    CHECK_FALSE(world.asked());
  }
}
