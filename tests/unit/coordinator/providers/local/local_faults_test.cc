// The local provider in trouble: wrong images, slow and stuck boots, quotas, too many calls.
#include <algorithm>

#include "tests/unit/coordinator/providers/local/local_calls.h"

using namespace edgeherd;
using namespace edgeherd::act;
using namespace edgeherd::test;
using model::Power;
using model::Vm;

TEST_CASE("an image that is not there, or not readable, is refused") {
  LocalWorld world;
  world.add_image("no-boot", "[]");
  world.add_image("odd-boot", "[1]");
  std::filesystem::create_directories(world.options().images + "/empty");
  for (const std::string image : {"v9", "no-boot", "odd-boot", "empty", "", "../images/v1"}) {
    const auto vm = create(world, "n1", image);
    REQUIRE_FALSE(vm);
    CHECK(vm.error().code == Errc::invalid);
  }
  CHECK(try_list(world)->empty());
}

TEST_CASE("an image that cannot start is a server that stopped") {
  LocalWorld world;
  world.add_image("broken", R"(["./no-such-program"])");
  REQUIRE(create(world, "n1", "broken"));
  CHECK(comes_to(world, Power::stopped));
}

TEST_CASE("a booting server is starting for as long as was configured") {
  LocalWorld world;
  world.options().faults.boot_delay = 400ms;
  world.restart();
  const MonoTime begin = world.loop().clock().mono();
  REQUIRE(create(world, "n1"));
  CHECK(only(world).power == Power::starting);
  REQUIRE(comes_to(world, Power::running));
  CHECK(world.loop().clock().mono() - begin >= 400ms);
}

TEST_CASE("a stuck boot is running and does nothing") {
  LocalWorld world;
  world.add_image("writes", R"(["/bin/sh", "-c", "echo up > disk; exec sleep 1000"])");
  world.options().faults.stuck_boot_next = 1;
  world.restart();
  const auto stuck = create(world, "n1", "writes");
  const auto fine = create(world, "n2", "writes");
  REQUIRE(stuck);
  REQUIRE(fine);
  REQUIRE(world.run_until([&] { return content(world.node_file(fine->id, "disk")) == "up\n"; }));
  REQUIRE(world.run_until([&] {
    const auto vms = try_list(world);
    return std::all_of(vms->begin(), vms->end(),
                       [](const Vm& vm) { return vm.power == Power::running; });
  }));
  CHECK_FALSE(std::filesystem::exists(world.node_file(stuck->id, "disk")));
}

TEST_CASE("the quota is the account's, and a server that goes makes room") {
  LocalWorld world;
  world.options().max_vms = 2;
  world.restart();
  const auto one = create(world, "n1");
  REQUIRE(one);
  REQUIRE(create(world, "n2"));
  const auto third = create(world, "n3");
  REQUIRE_FALSE(third);
  CHECK(third.error().code == Errc::out_of_stock);
  CHECK(third.error().message.find("2 servers") != std::string::npos);
  CHECK(create(world, "n2"));
  REQUIRE(destroy(world, one->id));
  CHECK(create(world, "n3"));
}

TEST_CASE("more calls than a provider bears are throttled") {
  LocalWorld world;
  world.options().faults.list_delay = 100ms;
  world.restart();
  int throttled = 0;
  int answered = 0;
  for (int i = 0; i < local::max_calls + 3; ++i) {
    world.provider().list([&](Result<std::vector<Vm>> listed) {
      ++answered;
      if (!listed && listed.error().code == Errc::throttled) ++throttled;
    });
  }
  REQUIRE(world.run_until([&] { return answered == local::max_calls + 3; }));
  CHECK(throttled == 3);
  CHECK(try_list(world));
}

TEST_CASE("the answer to a lost creation is had by asking again") {
  LocalWorld world;
  world.lose_next_answer();
  const auto lost = create(world, "n1");
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Errc::timeout);
  const auto again = create(world, "n1");
  REQUIRE(again);
  CHECK(only(world).id == again->id);
}
