// What others cannot give for a while, a cloud, its list, the archive, the names, costs no server.
#include "tests/unit/coordinator/decide/idle_world.h"
#include "tests/unit/coordinator/decide/life_words.h"

using namespace edgeherd;
using namespace edgeherd::decide;

namespace {

// Ten servers that speak while complete lists lack them all, for longer than the brakes look back.
struct Unlisted : FleetWorld {
  Unlisted() {
    zone("p/z", 6, 12);
    for (int i = 0; i < 10; ++i) ids.push_back(serving("p/z"));
    list_all();
    seconds_of(400, true, true);
  }
  Plan seconds_of(int count, bool speak, bool answer) {
    Plan plan;
    for (int i = 0; i < count; ++i) {
      now += 1s;
      apply(model::InventoryListed{ProviderId("p"), "test", list});
      for (const NodeId& id : ids) {
        if (speak) sample(id, {.requests_per_s = 50});
        probe(id, model::ProbeKind::health, speak);
        probe(id, model::ProbeKind::edge, answer);
      }
      plan = tick();
    }
    return plan;
  }
  std::vector<NodeId> ids;
  std::vector<model::Vm> list;
};

}  // namespace

TEST_CASE("servers that lists lack for long are kept when their agents fall silent for a moment") {
  Unlisted world;
  const Plan plan = world.seconds_of(60, false, false);
  CHECK(FleetWorld::count(plan, ActionKind::mark_gone) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::many_missing));
  SECTION("and given up when that lasts as well") {
    const Plan later = world.seconds_of(300, false, false);
    CHECK(FleetWorld::count(later, ActionKind::mark_gone) == 10);
  }
}

TEST_CASE("servers that lists lack and that answer viewers are kept without end, and it is told") {
  Unlisted world;
  const Plan plan = world.seconds_of(400, false, true);
  CHECK(FleetWorld::count(plan, ActionKind::mark_gone) == 0);
  REQUIRE(FleetWorld::withheld(plan, Brake::many_missing));
  CHECK(FleetWorld::withheld(plan, Brake::many_missing)->text ==
        "10 of 3 servers missing in the zone; 10 of the account's answer viewers");
}

TEST_CASE("what answers at the address of a missing server may be another one that has it by now") {
  Unlisted world;
  std::vector<model::Vm> others;
  for (const NodeId& id : world.ids) {
    others.push_back(world.server(id));
    others.back().id = VmId("new-" + id.str());
    others.back().node = NodeId("unknown-" + id.str());
  }
  world.list = others;
  const Plan plan = world.seconds_of(400, false, true);
  CHECK(FleetWorld::count(plan, ActionKind::mark_gone) == 10);
}

TEST_CASE("nobody's logs are given up while the archive takes those of others neither") {
  FleetWorld world;
  world.zone("p/z", 1, 9);
  const auto& t = world.policy.timings;
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  const NodeId other = world.serving("p/z");
  const auto pass = [&](Duration time, std::uint64_t waiting) {
    ask(world, id, "flush", time, {.spool_segments = 4});
    world.sample(other, {.spool_segments = waiting});
  };
  pass(t.flush_deadline + 1s, 2);
  CHECK(wants(world, id, 2) != "give_up_flush");
  SECTION("and when it is back they have the whole time again") {
    world.apply(model::ArchiveConfirmed{});
    for (int i = 0; i < 4; ++i) {
      CHECK(wants(world, id, 2) != "give_up_flush");
      pass(t.flush_deadline / 4, 2);
      world.apply(model::ArchiveConfirmed{});
    }
    pass(1s, 2);
    CHECK(wants(world, id, 2) == "give_up_flush");
  }
  SECTION("or when nobody else has any") {
    pass(0s, 0);
    CHECK(wants(world, id, 2) == "give_up_flush");
  }
  SECTION("and not longer than a held one's") {
    pass(t.hold_limit, 2);
    CHECK(wants(world, id, 2) == "give_up_flush");
  }
}

TEST_CASE("a new server that lists lack yet is not lost before its agent says its first word") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.now += world.policy.timings.create_settle;  // so long its creation took
  model::Vm vm;
  vm.id = VmId("vm");
  vm.fleet = "test";
  world.apply(model::CreateAnswered{id, vm, std::nullopt});
  const auto listed_twice = [&] {
    world.list_without(id);
    world.list_without(id);
  };
  listed_twice();
  world.apply(model::KeyBound{id, AgentKey("k")});
  REQUIRE(world.node(id).state == NodeState::verifying);
  listed_twice();
  CHECK(wants(world, id).empty());
  world.now += world.policy.timings.create_settle;
  listed_twice();
  CHECK(wants(world, id) == "mark_gone");
}

TEST_CASE("what an older database takes for coming is withdrawn before its names were read") {
  FleetWorld world;
  world.zone("p/z", 1, 5).dns_name = "z.example";
  const NodeId id = world.in_state("p/z", NodeState::booting);
  world.now += 1s;
  world.apply(model::Started{2});
  world.now += world.policy.timings.boot_deadline + 1s;
  CHECK(next(world, id)->kind == ActionKind::withdraw);
  SECTION("and destroyed when they do not give its address") {
    read_names(world, {"127.9.9.9"});
    CHECK(next(world, id)->kind == ActionKind::discard);
  }
  SECTION("or when there is no name") {
    world.policy.zones.at(ZoneId("p/z")).dns_name.clear();
    CHECK(next(world, id)->kind == ActionKind::discard);
  }
}

TEST_CASE("a creation is asked again only while a boot fits in what is left of its deadline") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(model::CreateAnswered{id, std::nullopt, fail(Errc::unavailable, "no power")});
  const auto& timings = world.policy.timings;
  world.now += timings.boot_deadline - timings.boot_time;
  world.list_all();
  CHECK(next(world, id)->kind == ActionKind::create_again);
  world.now += 1ms;
  const auto action = next(world, id);
  REQUIRE(action);
  CHECK(action->kind == ActionKind::discard);
  CHECK(action->cause == Cause::failed_boot);
  CHECK(action->reasons.front().text ==
        "never appeared at the provider, and too late to boot in time: unavailable: no power");
  // After a restart its time begins anew.
  world.apply(model::Started{2});
  world.now += timings.create_settle;
  world.list_all();
  CHECK(next(world, id)->kind == ActionKind::create_again);
}

TEST_CASE("a server that somebody stopped in its boot has all of its boot deadline again") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  const auto list = [&](model::Power power) {
    model::Vm vm = world.server(id);
    vm.power = power;
    world.apply(model::InventoryListed{ProviderId("p"), "test", {vm}});
  };
  const bool older = GENERATE(false, true);
  world.now += 1s;
  if (older) world.apply(model::Started{2});
  list(model::Power::stopped);
  world.now += world.policy.timings.boot_deadline + 1s;
  // Of one of before the start nobody knows what it did meanwhile: the database may be an older one.
  const std::string end = older ? "withdraw" : "discard";
  CHECK(wants(world, id) == end);
  list(model::Power::running);
  CHECK(wants(world, id).empty());
  world.now += world.policy.timings.boot_deadline + 1s;
  CHECK(wants(world, id) == end);
}

TEST_CASE("nobody leaves for figures of a time in which names led viewers astray, or nowhere") {
  testing::Idle world;
  const auto names = [&](std::set<std::string> more) {
    for (const NodeId& id : world.ids) more.insert(world.node(id).address);
    world.apply(model::NamesRead{ZoneId("p/z"), std::move(more), 30s});
  };
  const auto why = [&] {
    const Plan plan = world.plan();
    const auto* held = FleetWorld::withheld(plan, Brake::stale_evidence);
    const bool leaves = FleetWorld::count(plan, ActionKind::withdraw) > 0;
    return held != nullptr ? held->text : std::string(leaves ? "(leaves)" : "(nothing)");
  };
  names({});
  CHECK(why() == "(leaves)");
  SECTION("they give an address of no server that serves") {
    names({"192.0.2.7"});
    CHECK(why() ==
          "not all that viewers ask was measured: a name gave 192.0.2.7, of no server that serves, "
          "0 s ago");
  }
  SECTION("they could not be read for longer than a moment") {
    const auto fails = [&] {
      world.apply(model::NamesFailed{ZoneId("p/z"), fail(Errc::timeout, "no answer")});
    };
    fails();
    CHECK(why() == "(leaves)");
    world.step(61s);
    fails();
    CHECK(why() == "not all that viewers ask was measured: its names failed, 0 s ago");
  }
  names({});
  world.step(world.policy.scaling.scale_in_stabilisation - 1s);
  CHECK(why().ends_with("ago"));
  world.step(1s);
  CHECK(why() == "(leaves)");
}
