#include "coordinator/evidence/snapshot.h"

#include <random>

#include "coordinator/evidence/replan.h"
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

std::string snapshot_of(const FleetWorld& world) {
  return evidence::encode(world.fleet, world.policy, world.now, world.plan());
}

// A fleet to which anything may happen, in any order.
class AnyFleet {
 public:
  explicit AnyFleet(unsigned seed) : random_(seed) {
    for (const char* id : {"p/a", "p/b", "q/c"}) {
      ZonePolicy& zone = world.zone(id, below(3), 3 + below(8));
      if (chance(2)) zone.slo_p99 = 50ms;
      if (chance(2)) zone.dns_name = "a.example.org";
      if (chance(4)) zone.activity = ZoneActivity::inactive;
      if (chance(8)) zone.shadow = true;
    }
    if (chance(2)) world.apply(InventoryListed{ProviderId("q"), "test", {}});
    world.policy.budgets.fleet_ceiling = 10 + below(30);
    world.policy.timings.flush_failure = chance(2) ? FlushFailure::hold : FlushFailure::terminate;
    for (int i = 2 + below(12); i > 0; --i) add();
  }

  void live() {
    for (int i = below(60); i > 0; --i) happen();
    world.now += Duration(below(1'000'000'000));
  }

  FleetWorld world;

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool chance(int of) { return below(of) == 0; }
  std::string any_zone() { return std::vector<std::string>{"p/a", "p/b", "q/c"}.at(below(3)); }
  NodeId any() {
    auto it = world.fleet.nodes().begin();
    std::advance(it, below(static_cast<int>(world.fleet.nodes().size())));
    return it->first;
  }
  void add() {
    if (chance(2)) {
      nodes_.push_back(world.serving(any_zone()));
    } else {
      nodes_.push_back(world.in_state(any_zone(), static_cast<NodeState>(below(8))));
    }
  }

  void happen() {
    if (world.fleet.nodes().empty()) add();
    const NodeId id = any();
    const Error error = fail(Errc::timeout, "no answer within 2 s");
    switch (below(18)) {
      case 0:
        return add();
      case 1:
        return world.apply(
            Probed{id, ProbeKind::edge, chance(2) ? std::optional(error) : std::nullopt});
      case 2:
        return world.apply(FlagSet{id, static_cast<Flag>(below(5)), chance(2)});
      case 3:
        return world.apply(NodeHeld{id, "logs not stored"});
      case 4:
        return world.apply(DestroyAnswered{id, error});
      case 5:
        return world.apply(StateEntered{id, static_cast<NodeState>(below(8)),
                                        static_cast<Cause>(below(8)), "so it went"});
      case 6:
        return world.apply(NamesRead{ZoneId(any_zone()), {world.node(id).address}});
      case 7:
        return world.apply(CommandSent{id, "drain", ActionId("a")});
      case 8:
        return world.apply(ArchiveChecked{id, world.node(id).visit,
                                          chance(2) ? std::optional(error) : std::nullopt});
      case 9:
        return world.apply(RebootAnswered{id, std::nullopt});
      case 10:
        return chance(4) ? world.apply(Paused{"a test"}) : world.apply(Resumed{});
      case 11:
        return world.confirm(any_zone(), below(3));
      case 12:
        return world.list_without(id);
      case 13:
        return world.apply(CallStarted{id, static_cast<Call>(below(5))});
      default:
        return load();
    }
  }
  void load() {
    std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
    for (const NodeId& id : nodes_) {
      if (world.fleet.node(id) == nullptr || chance(6)) continue;
      loads.push_back(
          {id,
           {below(150) + below(1000) / 1000.0, below(100) / 99.0,
            static_cast<std::uint32_t>(below(50)), below(10) / 3.0,
            chance(9) ? std::vector<std::string>{"disk", "nginx"} : std::vector<std::string>{}}});
    }
    world.run_load(loads, 1s * (1 + below(20)));
    for (const NodeId& id : nodes_) {
      if (world.fleet.node(id) == nullptr || !chance(4)) continue;
      Sample sample;  // of an agent that started again, with latencies
      sample.boot_id = std::to_string(below(1'000'000));
      for (std::uint64_t seq : {1, 2}) {
        sample.seq = seq;
        sample.latency = {{static_cast<std::uint16_t>(800 + below(50)), seq * 300}};
        world.apply(SampleHeard{id, sample});
      }
    }
    world.tick();
  }

  std::mt19937 random_;
  std::vector<NodeId> nodes_;
};

}  // namespace

TEST_CASE("the inputs that were recorded make the very same plan again, whatever the fleet") {
  std::size_t actions = 0;
  std::size_t withheld = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    INFO("seed " << seed);
    AnyFleet fleet(seed);
    fleet.live();
    const std::string bytes = snapshot_of(fleet.world);
    const auto again = evidence::replan(bytes);
    REQUIRE(again);
    CHECK(again->differences == std::vector<std::string>{});
    actions += fleet.world.plan().actions.size();
    withheld += fleet.world.plan().withheld.size();
  }
  CHECK(actions > 500);
  CHECK(withheld > 500);
}

TEST_CASE("a failed boot whose address a name gives leaves the same way in the plan made again") {
  FleetWorld world;
  world.zone("p/z", 0, 5).dns_name = "z.example.org";
  const NodeId id = world.in_state("p/z", NodeState::booting);
  const std::string address = world.node(id).address;
  REQUIRE_FALSE(address.empty());
  world.now += world.policy.timings.boot_deadline + 1s;
  const auto again = [&](std::set<std::string> names) {
    world.apply(NamesRead{ZoneId("p/z"), std::move(names)});
    return evidence::replan(snapshot_of(world))->differences;
  };
  CHECK(again({"192.0.2.1"}) == std::vector<std::string>{});
  CHECK(FleetWorld::find(world.plan(), decide::ActionKind::discard) != nullptr);
  CHECK(again({"192.0.2.1", address}) == std::vector<std::string>{});
  CHECK(FleetWorld::find(world.plan(), decide::ActionKind::discard) == nullptr);
}

TEST_CASE("what is read from a snapshot is what was written, in every field") {
  for (unsigned seed = 1000; seed < 1100; ++seed) {
    INFO("seed " << seed);
    AnyFleet fleet(seed);
    fleet.live();
    const std::string bytes = snapshot_of(fleet.world);
    const auto read = evidence::decode(bytes);
    REQUIRE(read);
    const auto& [inputs, plan] = *read;
    CHECK(evidence::encode(inputs.fleet, inputs.policy, inputs.now, plan) == bytes);
    CHECK(plan.actions.size() == fleet.world.plan().actions.size());
    CHECK(inputs.fleet.nodes().size() == fleet.world.fleet.nodes().size());
  }
}

TEST_CASE("an empty fleet without a policy is a snapshot too") {
  const std::string bytes = evidence::encode(Fleet{}, Policy{}, MonoTime{5s}, decide::Plan{});
  const auto again = evidence::replan_differs(bytes);
  REQUIRE(again);
  CHECK_FALSE(*again);
}

TEST_CASE("a plan that today's code would make otherwise is told in words") {
  FleetWorld world;
  world.zone("p/z", 1, 4);
  const NodeId node = world.serving("p/z");
  world.run_load({{node, {200}}}, 5s);
  decide::Plan plan = world.plan();
  REQUIRE(FleetWorld::count(plan, decide::ActionKind::launch) > 0);
  plan.zones.front().desired += 1;
  plan.withheld.push_back({plan.actions.back(), decide::Brake::ceiling, "4 of 4"});
  plan.actions.pop_back();
  const auto differs =
      evidence::replan_differs(evidence::encode(world.fleet, world.policy, world.now, plan));
  REQUIRE(differs);
  REQUIRE(*differs);
  CHECK((*differs)->find("p/z: desired: ") != std::string::npos);
  CHECK((*differs)->find("outcome: withheld by ceiling then, done now") != std::string::npos);
}

TEST_CASE("a plan of the same actions in another order is another plan") {
  FleetWorld world;
  world.zone("p/z", 0, 9);
  for (int i = 0; i < 3; ++i) world.apply(FlagSet{world.serving("p/z"), Flag::asked_out, true});
  decide::Plan plan = world.plan();
  REQUIRE(plan.withheld.size() >= 2);
  std::swap(plan.withheld[0], plan.withheld[1]);
  const auto differs =
      evidence::replan_differs(evidence::encode(world.fleet, world.policy, world.now, plan));
  REQUIRE(differs);
  CHECK(*differs == "the order of the actions");
}

TEST_CASE("a snapshot of another version is refused by its number") {
  std::string bytes = evidence::encode(Fleet{}, Policy{}, MonoTime{5s}, decide::Plan{});
  bytes[10] = 7;
  const auto read = evidence::decode(bytes);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Errc::invalid);
  CHECK(read.error().message == "snapshot: of version 7, this program reads version 3");
}

TEST_CASE(
    "a field that this program does not know is refused; one that is missing has its default") {
  FleetWorld world;
  world.zone("p/z", 1, 4);
  world.serving("p/z");
  std::string bytes = snapshot_of(world);
  const std::size_t name = bytes.find("is_protected");
  REQUIRE(name != std::string::npos);
  bytes[name] = 'x';
  const auto read = evidence::decode(bytes);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Errc::broken);
  CHECK(read.error().message ==
        "snapshot: table nodes: column xs_protected, row 1: not known to this program");
}

TEST_CASE("bytes that were cut off, lengthened or turned are refused, and harm nothing") {
  FleetWorld world;
  world.zone("p/z", 1, 4);
  world.serving("p/z");
  world.serving("p/z");
  const std::string bytes = snapshot_of(world);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CHECK_FALSE(evidence::decode(bytes.substr(0, length)));
  }
  CHECK_FALSE(evidence::decode(bytes + '\0'));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string turned = bytes;
    turned[at] = static_cast<char>(turned[at] ^ 0x55);
    const auto read = evidence::decode(turned);
    if (!read) CHECK_FALSE(read.error().message.empty());
  }
}
