#include "common/sim/sim_link.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::sim;

namespace {

struct World {
  explicit World(LinkConditions conditions, std::uint64_t seed = 7)
      : random(seed), link(loop, random, conditions) {
    link.far().on_message([this](std::string_view message) { at_far.emplace_back(message); });
    link.near().on_message([this](std::string_view message) { at_near.emplace_back(message); });
  }
  void send(int count) {
    for (int i = 0; i < count; ++i) {
      (void)link.near().send(std::to_string(i));
      loop.run_for(1ms);
    }
  }

  SimLoop loop;
  SimRandom random;
  std::vector<std::string> at_far;
  std::vector<std::string> at_near;
  SimLink link;
};

bool in_order(const std::vector<std::string>& messages) {
  return std::is_sorted(messages.begin(), messages.end(),
                        [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); });
}

}  // namespace

TEST_CASE("messages arrive whole, in order, after the delay") {
  LinkConditions conditions;
  conditions.min_delay = 5ms;
  conditions.max_delay = 50ms;
  World world(conditions);
  CHECK(world.link.near().send("0").ok());
  world.loop.run_for(4ms);
  CHECK(world.at_far.empty());
  world.send(100);
  world.loop.run_for(1s);
  CHECK(world.at_far.size() == 101);
  CHECK(in_order(world.at_far));
}

TEST_CASE("loss, doubling and reordering happen about as often as asked") {
  LinkConditions conditions;
  conditions.max_delay = 20ms;
  conditions.loss = 0.2;
  conditions.duplicate = 0.1;
  conditions.reorder = 0.5;
  World world(conditions);
  world.send(2000);
  world.loop.run_for(1s);
  const LinkCounts& counts = world.link.counts(Direction::near_to_far);
  CHECK(counts.sent == 2000);
  CHECK(counts.lost == Approx(400).margin(80));
  CHECK(counts.duplicated == Approx(160).margin(50));
  CHECK(counts.delivered == counts.sent - counts.lost + counts.duplicated);
  CHECK_FALSE(in_order(world.at_far));
}

TEST_CASE("a partition can be one-way") {
  World world({});
  world.link.set_path(Direction::near_to_far, Path::lost);
  CHECK(world.link.near().send("a").ok());
  CHECK(world.link.far().send("b").ok());
  world.loop.run_for(1s);
  CHECK(world.at_far.empty());
  CHECK(world.at_near == std::vector<std::string>{"b"});
}

TEST_CASE("a held path delivers late, in order, what fitted into its queue") {
  LinkConditions conditions;
  conditions.queue_limit = 3;
  World world(conditions);
  CHECK(world.link.near().send("0").ok());
  world.link.set_path(Direction::near_to_far, Path::held);
  CHECK(world.link.near().send("1").ok());
  CHECK(world.link.near().send("2").ok());
  CHECK(world.link.near().send("3").error().code == Errc::exhausted);
  world.loop.run_for(1h);
  CHECK(world.at_far.empty());
  world.link.set_path(Direction::near_to_far, Path::open);
  world.loop.run_for(1s);
  CHECK(world.at_far.size() == 3);
  CHECK(world.link.near().send("4").ok());
}

TEST_CASE("one seed gives one history") {
  LinkConditions conditions;
  conditions.max_delay = 20ms;
  conditions.loss = 0.3;
  conditions.reorder = 0.5;
  World first(conditions, 1);
  World same(conditions, 1);
  World other(conditions, 2);
  for (World* world : {&first, &same, &other}) {
    world->send(200);
    world->loop.run_for(1s);
  }
  CHECK(first.at_far == same.at_far);
  CHECK(first.at_far != other.at_far);
}

TEST_CASE("messages under way die with their link") {
  SimLoop loop;
  SimRandom random(1);
  bool arrived = false;
  {
    SimLink link(loop, random);
    link.far().on_message([&](std::string_view) { arrived = true; });
    CHECK(link.near().send("x").ok());
  }
  loop.run_for(1s);
  CHECK_FALSE(arrived);
}
