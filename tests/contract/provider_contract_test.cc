// What every Provider must do, real or simulated.
#include <optional>
#include <set>

#include "tests/contract/aws_world.h"
#include "tests/contract/digitalocean_world.h"
#include "tests/contract/exec_world.h"
#include "tests/contract/provider_worlds.h"

using namespace edgeherd;
using namespace edgeherd::act;
using model::Power;
using model::Vm;
using test::await;

namespace {

// A build of this file may name other worlds.
#ifndef PROVIDER_WORLDS
#define PROVIDER_WORLDS test::LocalWorld, test::ExecWorld, test::SimCloudWorld
#endif

// A cloud may have names of its own for the suite's places.
template <class World>
std::string place_of(const std::string& name) {
  if constexpr (requires { World::place(name); }) {
    return World::place(name);
  } else {
    return name;
  }
}

template <class World>
Result<Vm> create(World& world, const std::string& node, const std::string& place = "lon1") {
  CreateRequest request;
  request.node = NodeId(node);
  request.fleet = "fleet-a";
  request.zone = ZoneId("local/" + place);
  request.place = place_of<World>(place);
  request.image = ImageId(world.image());
  request.size = "small";
  request.user_data = "{\"node\":\"" + node + "\"}";
  return await<Result<Vm>>(world, [&](auto done) { world.provider().create(request, done); });
}

template <class World>
std::vector<Vm> list(World& world) {
  auto listed =
      await<Result<std::vector<Vm>>>(world, [&](auto done) { world.provider().list(done); });
  REQUIRE(listed);
  return std::move(*listed);
}

template <class World>
Status destroy(World& world, const VmId& vm) {
  return await<Status>(world, [&](auto done) { world.provider().destroy(vm, done); });
}

template <class World>
bool comes_to(World& world, const VmId& id, Power power) {
  return world.run_until([&] {
    for (const Vm& vm : list(world)) {
      if (vm.id == id && vm.power == power) return true;
    }
    return false;
  });
}

}  // namespace

TEMPLATE_TEST_CASE("a new account is empty, and that is no error", "[provider]", PROVIDER_WORLDS) {
  TestType world;
  CHECK(list(world).empty());
}

TEMPLATE_TEST_CASE("a created server is listed with all its tags", "[provider]", PROVIDER_WORLDS) {
  TestType world;
  const auto made = create(world, "n1");
  REQUIRE(made);
  CHECK_FALSE(made->id.empty());
  REQUIRE(comes_to(world, made->id, Power::running));
  const auto listed = list(world);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].id == made->id);
  CHECK(listed[0].node == NodeId("n1"));
  CHECK(listed[0].fleet == "fleet-a");
  CHECK(listed[0].place == place_of<TestType>("lon1"));
  CHECK(listed[0].image == ImageId(world.image()));
  CHECK_FALSE(listed[0].address.empty());
  const Duration age = world.loop().clock().wall() - listed[0].created;
  CHECK(age >= -1s);
  CHECK(age < 1min);
}

TEMPLATE_TEST_CASE("the same intent twice is one server, or two that show whose they are",
                   "[provider]", PROVIDER_WORLDS) {
  TestType world;
  const auto first = create(world, "n1");
  const auto again = create(world, "n1");
  REQUIRE(first);
  REQUIRE(again);
  CHECK((again->id == first->id) == TestType::knows_intents);
  const auto listed = list(world);
  CHECK(listed.size() == (TestType::knows_intents ? 1U : 2U));
  for (const Vm& vm : listed) CHECK(vm.node == NodeId("n1"));
}

TEMPLATE_TEST_CASE("creations at once are servers of their own", "[provider]", PROVIDER_WORLDS) {
  TestType world;
  std::vector<Result<Vm>> made;
  for (int i = 0; i < 8; ++i) {
    CreateRequest request;
    request.node = NodeId("n" + std::to_string(i));
    request.fleet = "fleet-a";
    request.place = place_of<TestType>("lon1");
    request.image = ImageId(world.image());
    world.provider().create(request, [&](Result<Vm> vm) { made.push_back(std::move(vm)); });
  }
  REQUIRE(world.run_until([&] { return made.size() == 8; }));
  // A cloud may need a while to give each its address.
  CHECK(world.run_until([&] {
    std::set<std::string> addresses;
    for (const Vm& vm : list(world)) {
      if (!vm.address.empty()) addresses.insert(vm.address);
    }
    return addresses.size() == 8;
  }));
}

TEMPLATE_TEST_CASE("a destroyed server is not listed any more", "[provider]", PROVIDER_WORLDS) {
  TestType world;
  const auto one = create(world, "n1");
  const auto two = create(world, "n2");
  REQUIRE(one);
  REQUIRE(two);
  REQUIRE(destroy(world, one->id));
  REQUIRE(world.run_until([&] { return list(world).size() == 1; }));
  CHECK(list(world)[0].id == two->id);
  const Status again = destroy(world, one->id);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::not_found);
}

TEMPLATE_TEST_CASE("an unknown server is not found, whatever its name", "[provider]",
                   PROVIDER_WORLDS) {
  TestType world;
  REQUIRE(create(world, "n1"));
  for (const std::string name : {"vm-unknown", "", "..", "../nodes", "a/b", "*"}) {
    const Status gone = destroy(world, VmId(name));
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == Errc::not_found);
    const Status rebooted =
        await<Status>(world, [&](auto done) { world.provider().reboot(VmId(name), done); });
    REQUIRE_FALSE(rebooted);
    CHECK(rebooted.error().code == Errc::not_found);
  }
  CHECK(list(world).size() == 1);
}

TEMPLATE_TEST_CASE("a rebooted server is the same one, and runs again", "[provider]",
                   PROVIDER_WORLDS) {
  TestType world;
  const auto made = create(world, "n1");
  REQUIRE(made);
  REQUIRE(comes_to(world, made->id, Power::running));
  const std::string address = list(world)[0].address;
  REQUIRE(await<Status>(world, [&](auto done) { world.provider().reboot(made->id, done); }));
  REQUIRE(comes_to(world, made->id, Power::running));
  const auto listed = list(world);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].id == made->id);
  CHECK(listed[0].address == address);
}

TEMPLATE_TEST_CASE("a server that is off runs after a reboot", "[provider]", PROVIDER_WORLDS) {
  TestType world;
  // Nobody but itself turns a server of the others off.
  if constexpr (requires { world.turn_off(VmId()); }) {
    const auto made = create(world, "n1");
    REQUIRE(made);
    REQUIRE(comes_to(world, made->id, Power::running));
    world.turn_off(made->id);
    REQUIRE(comes_to(world, made->id, Power::stopped));
    REQUIRE(await<Status>(world, [&](auto done) { world.provider().reboot(made->id, done); }));
    CHECK(comes_to(world, made->id, Power::running));
  }
}

TEMPLATE_TEST_CASE("a place without stock says so and makes nothing", "[provider]",
                   PROVIDER_WORLDS) {
  TestType world;
  world.sell_out("lon1");
  const auto refused = create(world, "n1", "lon1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::out_of_stock);
  CHECK(list(world).empty());
  CHECK(create(world, "n1", "lon2"));
}

TEMPLATE_TEST_CASE("a failed creation makes nothing, and may be tried again", "[provider]",
                   PROVIDER_WORLDS) {
  TestType world;
  world.fail_next_create();
  REQUIRE_FALSE(create(world, "n1"));
  CHECK(list(world).empty());
  CHECK(create(world, "n1"));
  CHECK(list(world).size() == 1);
}

TEMPLATE_TEST_CASE("a creation that was one request too many makes nothing, and may be tried again",
                   "[provider]", PROVIDER_WORLDS) {
  TestType world;
  // The local provider has no peer that counts.
  if constexpr (requires { world.throttle_next_create(); }) {
    world.throttle_next_create();
    const auto put_off = create(world, "n1");
    REQUIRE_FALSE(put_off);
    CHECK(put_off.error().code == Errc::throttled);
    CHECK(list(world).empty());
    CHECK(create(world, "n1"));
    CHECK(list(world).size() == 1);
  }
}

TEMPLATE_TEST_CASE(
    "a server that vanished after its creation is gone, and is not taken for another", "[provider]",
    PROVIDER_WORLDS) {
  TestType world;
  const auto made = create(world, "n1");
  REQUIRE(made);
  world.vanish(made->id);
  REQUIRE(world.run_until([&] { return list(world).empty(); }));
  const Status gone = destroy(world, made->id);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == Errc::not_found);
  const auto again = create(world, "n1");
  if (again) CHECK(again->id != made->id);
  if (!again) CHECK(again.error().code == Errc::conflict);  // an intent may be good for one alone
  CHECK(list(world).size() == (again ? 1U : 0U));
}

TEMPLATE_TEST_CASE("a list that failed is an error, never an empty account", "[provider]",
                   PROVIDER_WORLDS) {
  TestType world;
  REQUIRE(create(world, "n1"));
  world.fail_next_list();
  const auto failed =
      await<Result<std::vector<Vm>>>(world, [&](auto done) { world.provider().list(done); });
  CHECK_FALSE(failed);
  CHECK(list(world).size() == 1);
}

TEMPLATE_TEST_CASE("a creation whose answer was lost is found in the list", "[provider]",
                   PROVIDER_WORLDS) {
  TestType world;
  world.lose_next_answer();
  CreateRequest request;
  request.node = NodeId("n1");
  request.fleet = "fleet-a";
  request.place = place_of<TestType>("lon1");
  request.image = ImageId(world.image());
  std::optional<Result<Vm>> answer;
  world.provider().create(request, [&](Result<Vm> vm) { answer = std::move(vm); });
  static_cast<void>(world.run_until([&] { return answer.has_value(); }, 2s));
  REQUIRE(world.run_until([&] { return list(world).size() == 1; }));
  CHECK(list(world)[0].node == NodeId("n1"));
  // Either there is no answer at all, or one that does not know, or one that looked itself.
  if (answer && answer->ok()) CHECK((*answer)->id == list(world)[0].id);
  if (answer && !answer->ok()) CHECK(answer->error().code == Errc::timeout);
}

TEMPLATE_TEST_CASE("the image versions are listed", "[provider]", PROVIDER_WORLDS) {
  TestType world;
  const auto images =
      await<Result<std::vector<Image>>>(world, [&](auto done) { world.provider().images(done); });
  REQUIRE(images);
  REQUIRE(images->size() == 1);
  CHECK(images->front().id == ImageId(world.image()));
}
