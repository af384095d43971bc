// What the provider `exec` does with programs that misbehave.
#include "tests/contract/exec_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using model::Vm;
using test::await;
using test::ExecWorld;

namespace {

using Listing = Result<std::vector<Vm>>;

Listing list(ExecWorld& world) {
  return await<Listing>(world, [&](auto done) { world.provider().list(done); });
}

Result<Vm> create(ExecWorld& world, const std::string& node) {
  CreateRequest request;
  request.node = NodeId(node);
  request.fleet = "fleet-a";
  request.place = "lon1";
  request.image = ImageId("v1");
  request.user_data = "quotes \" and\nlines";
  return await<Result<Vm>>(world, [&](auto done) { world.provider().create(request, done); });
}

}  // namespace

TEST_CASE("a list that is cut short, short by one, or no JSON is broken, never a smaller account",
          "[exec]") {
  ExecWorld world;
  REQUIRE(create(world, "n1"));
  REQUIRE(create(world, "n2"));
  for (const auto& [trouble, what] :
       {std::pair("half", "no JSON"), std::pair("short", "1 of a total of 2"),
        std::pair("noise", "no JSON"), std::pair("fail", "exit code 3")}) {
    INFO(trouble);
    world.strike(std::string("list ") + trouble);
    const auto listed = list(world);
    REQUIRE_FALSE(listed);
    CHECK(listed.error().code == Errc::broken);
    CHECK_THAT(listed.error().message, Contains("troubled.py: list") && Contains(what));
  }
  CHECK(list(world)->size() == 2);
}

TEST_CASE("a creation whose answer is not understood may have happened", "[exec]") {
  ExecWorld world;
  world.strike("create half");
  const auto made = create(world, "n1");
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::broken);
  REQUIRE(list(world)->size() == 1);
  CHECK(list(world)->front().node == NodeId("n1"));
}

TEST_CASE("an answer that drips in is a time-out when it takes too long", "[exec]") {
  ExecWorld world;
  REQUIRE(create(world, "n1"));
  world.options().timeout = 5s;
  world.restart();
  world.strike("list slow");
  const auto listed = list(world);
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::timeout);
  CHECK_THAT(listed.error().message, Contains("troubled.py: list"));
  CHECK(list(world)->size() == 1);
}

TEST_CASE("what a program says as it dies is told", "[exec]") {
  ExecWorld world;
  world.strike("list die");
  const auto listed = list(world);
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::unavailable);
  CHECK_THAT(listed.error().message, Contains("exit code 1: the cloud is away"));
}

TEST_CASE("a program that is not there is named", "[exec]") {
  ExecWorld world;
  world.options().command = {"/no/such/cloud"};
  world.restart();
  const auto listed = list(world);
  REQUIRE_FALSE(listed);
  // It may be in the middle of an upgrade; that no server is there is not what is known.
  CHECK(listed.error().code == Errc::unavailable);
  CHECK_THAT(listed.error().message, Contains("/no/such/cloud"));
}

TEST_CASE("a list does not wait behind slow creations, and lists wait for one another", "[exec]") {
  ExecWorld world;
  world.options().concurrency = 2;
  // Nothing but a list ever ends, and it ends only alone.
  world.options().command = {"/bin/sh", "-c",
                             "read -r asked; case $asked in *'\"list\"'*) ;; *) sleep 60 ;; esac; "
                             "mkdir \"$0/one\" || exit 9; sleep 0.05; rmdir \"$0/one\"; "
                             "echo '{\"total\": 0, \"servers\": []}'"};
  const test::TempDirectory places;
  world.options().command.push_back(places.path());
  world.restart();
  int changed = 0;
  for (int i = 0; i < 5; ++i) {
    world.provider().destroy(VmId("v"), [&](const Status&) { ++changed; });
  }
  std::vector<bool> listed;
  for (int i = 0; i < 3; ++i) {
    world.provider().list([&](const Listing& answer) { listed.push_back(answer.ok()); });
  }
  REQUIRE(world.run_until([&] { return listed.size() == 3; }));
  CHECK(listed == std::vector<bool>(3, true));
  CHECK(changed == 0);
}

TEST_CASE("no more programs run at once than are allowed, and every call is answered", "[exec]") {
  ExecWorld world;
  world.options().concurrency = 2;
  world.options().command = {
      "/bin/sh", "-c",
      "mkdir \"$0/one\" 2>/dev/null || mkdir \"$0/two\" 2>/dev/null || exit 9; sleep 0.05; "
      "rmdir \"$0/two\" 2>/dev/null || rmdir \"$0/one\"; "
      "echo '{\"done\": true}'"};
  const test::TempDirectory places;
  world.options().command.push_back(places.path());
  world.restart();
  int good = 0;
  int answered = 0;
  for (int i = 0; i < 12; ++i) {
    world.provider().reboot(VmId("v"), [&](const Status& rebooted) {
      ++answered;
      good += rebooted.ok() ? 1 : 0;
    });
  }
  REQUIRE(world.run_until([&] { return answered == 12; }));
  CHECK(good == 12);
}

TEST_CASE("nothing is answered once the provider is gone, and its programs are ended", "[exec]") {
  ExecWorld world;
  world.options().command = {"/bin/sleep", "60"};
  world.restart();
  int answered = 0;
  for (int i = 0; i < 10; ++i) world.provider().list([&](const Listing&) { ++answered; });
  world.run_for(50ms);
  world.restart();
  world.run_for(100ms);
  CHECK(answered == 0);
}

TEST_CASE("a creation that is asked for again meanwhile is not run twice", "[exec]") {
  ExecWorld world;
  world.options().command = {"/bin/sh", "-c",
                             "mkdir \"$0/once\" || exit 9; sleep 0.3; cat \"$0/answer\""};
  const test::TempDirectory runs;
  std::ofstream(runs.file("answer")) << R"({"server": {"id": "i-1", "place": "lon1", "node": "n1",
      "created": "2026-01-01T00:00:00Z", "power": "running"}})";
  world.options().command.push_back(runs.path());
  world.restart();
  CreateRequest request;
  request.node = NodeId("n1");
  std::vector<std::string> made;
  const auto ask = [&] {
    world.provider().create(request, [&](const Result<Vm>& vm) {
      made.push_back(vm ? vm->id.str() : vm.error().message);
    });
  };
  ask();
  world.run_for(50ms);
  ask();
  REQUIRE(world.run_until([&] { return made.size() == 2; }));
  CHECK(made == std::vector<std::string>{"i-1", "i-1"});
}

TEST_CASE("a call that waited too long for a place is not begun any more", "[exec]") {
  ExecWorld world;
  world.options().concurrency = 1;
  world.options().begin_within = 100ms;
  world.options().command = {"/bin/sh", "-c",
                             "mkdir \"$0/once\" || exit 9; sleep 0.5; echo '{\"done\": true}'"};
  const test::TempDirectory runs;
  world.options().command.push_back(runs.path());
  world.restart();
  std::vector<Status> ended;
  for (int i = 0; i < 3; ++i) {
    world.provider().reboot(VmId("v"), [&](const Status& status) { ended.push_back(status); });
  }
  REQUIRE(world.run_until([&] { return ended.size() == 3; }));
  CHECK(ended.front().ok());
  REQUIRE_FALSE(ended.back().ok());
  CHECK(ended.back().error().code == Errc::throttled);
}
