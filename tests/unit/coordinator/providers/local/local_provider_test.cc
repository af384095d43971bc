// What is special to the local provider: its VMs are processes and directories that outlive it.
#include <algorithm>
#include <fstream>
#include <set>

#include "tests/support/child.h"
#include "tests/unit/coordinator/providers/local/local_calls.h"

using namespace edgeherd;
using namespace edgeherd::act;
using namespace edgeherd::test;
using model::Power;
using model::Vm;

TEST_CASE("a node gets an address of its own, what it was told, and its place in the environment") {
  LocalWorld world;
  world.options().agent = "/usr/bin/the-agent";
  world.restart();
  world.add_image("env", R"(["/bin/sh", "-c", "env > seen; pwd >> seen; exec sleep 1000"])");
  ::setenv("AWS_SECRET_ACCESS_KEY", "not for nodes", 1);
  const auto vm = create(world, "n1", "env");
  ::unsetenv("AWS_SECRET_ACCESS_KEY");
  REQUIRE(vm);
  CHECK(world.options().addresses.contains(vm->address));
  CHECK(content(world.node_file(vm->id, "user-data")) == "{\"node\":\"n1\"}");
  REQUIRE(world.run_until(
      [&] { return content(world.node_file(vm->id, "seen")).find("\n/") != std::string::npos; }));
  const std::string seen = content(world.node_file(vm->id, "seen"));
  CHECK(seen.find("EDGEHERD_VM=" + vm->id.str() + "\n") != std::string::npos);
  CHECK(seen.find("EDGEHERD_ADDRESS=" + vm->address + "\n") != std::string::npos);
  CHECK(seen.find("EDGEHERD_IMAGE=env\n") != std::string::npos);
  CHECK(seen.find("EDGEHERD_AGENT=/usr/bin/the-agent\n") != std::string::npos);
  CHECK(seen.find("AWS_SECRET") == std::string::npos);
}

TEST_CASE("what servers are started with stands before their boot command, at every boot") {
  LocalWorld world;
  world.options().start_with = {"env", "LIMITED=yes"};
  world.restart();
  world.add_image("env",
                  R"(["/bin/sh", "-c", "echo $LIMITED $0 >> seen; exec sleep 1000", "init"])");
  const auto vm = create(world, "n1", "env");
  REQUIRE(vm);
  const auto seen = [&] { return content(world.node_file(vm->id, "seen")); };
  REQUIRE(world.run_until([&] { return seen() == "yes init\n"; }));
  REQUIRE(reboot(world, vm->id));
  REQUIRE(world.run_until([&] { return seen() == "yes init\nyes init\n"; }));
  REQUIRE(destroy(world, vm->id));
  CHECK(marked(vm->id).empty());
}

TEST_CASE("a destroyed server leaves no process and no file") {
  LocalWorld world;
  add_family(world);
  const auto vm = create(world, "n1", "family");
  REQUIRE(vm);
  REQUIRE(world.run_until([&] { return marked(vm->id).size() >= 4; }));
  REQUIRE(destroy(world, vm->id));
  CHECK(marked(vm->id).empty());
  CHECK(std::filesystem::is_empty(world.options().root + "/nodes"));
}

TEST_CASE("a destroyed server takes its orphans with it when its init is dead already") {
  LocalWorld world;
  add_family(world);
  const auto vm = create(world, "n1", "family");
  REQUIRE(vm);
  REQUIRE(world.run_until([&] { return marked(vm->id).size() >= 4; }));
  for (const auto& process : marked(vm->id)) {
    if (process.pid == process.session) REQUIRE(::kill(process.pid, SIGKILL) == 0);
  }
  REQUIRE(comes_to(world, Power::stopped));
  CHECK_FALSE(marked(vm->id).empty());
  REQUIRE(destroy(world, vm->id));
  CHECK(marked(vm->id).empty());
}

TEST_CASE("servers outlive the coordinator and are found by the next one") {
  LocalWorld world;
  const auto vm = create(world, "n1");
  REQUIRE(vm);
  REQUIRE(comes_to(world, Power::running));
  const auto before = marked(vm->id);
  world.restart();
  CHECK(only(world).power == Power::running);
  CHECK(only(world).id == vm->id);
  const auto after = marked(vm->id);
  REQUIRE(before.size() == 1);
  REQUIRE(after.size() == 1);
  CHECK(before[0].pid == after[0].pid);
  const auto again = create(world, "n1");
  REQUIRE(again);
  CHECK(again->id == vm->id);
}

TEST_CASE("whatever a coordinator was doing at its kill -9, each intent has at most one server") {
  // The world must not have started threads before the fork: it is made after it.
  test::TempDirectory dir;
  std::filesystem::create_directories(dir.file("images/v1"));
  std::ofstream(dir.file("images/v1/image.json"))
      << R"({"schema":1,"name":"x","created":"2026-01-01T00:00:00Z","boot":["sleep","100000"]})";
  local::Options options;
  options.account = ProviderId("local");
  options.root = dir.file("root");
  options.images = dir.file("images");
  {
    test::Child coordinator([&](int out) {
      test::RealLoop world;
      os::RealRandom random;
      local::LocalProvider provider(options, world.loop(), random);
      for (int i = 0; i < 200; ++i) {
        provider.create(request("n" + std::to_string(i)), [&](Result<Vm> vm) {
          test::say(out, vm ? vm->node.str() + "\n" : vm.error().message + "\n");
        });
      }
      world.run_for(test::patience);
    });
    std::string said;
    while (std::count(said.begin(), said.end(), '\n') < 5) {
      const std::string more = coordinator.read_some();
      REQUIRE_FALSE(more.empty());
      said += more;
    }
    coordinator.kill();
  }
  test::RealLoop world;
  os::RealRandom random;
  local::LocalProvider provider(options, world.loop(), random);
  const auto list = [&] {
    auto listed = await<Result<std::vector<Vm>>>(world, [&](auto done) { provider.list(done); });
    REQUIRE(listed);
    return *listed;
  };
  std::set<std::string> nodes;
  REQUIRE(world.run_until([&] {
    const auto vms = list();
    return std::all_of(vms.begin(), vms.end(),
                       [](const Vm& vm) { return vm.power == Power::running; });
  }));
  const auto vms = list();
  CHECK(vms.size() >= 5);
  for (const Vm& vm : vms) {
    CHECK(nodes.insert(vm.node.str()).second);
    CHECK(marked(vm.id).size() == 1);
  }
  for (const Vm& vm : vms) {
    CHECK(await<Status>(world, [&](auto done) { provider.destroy(vm.id, done); }));
  }
}

TEST_CASE("a server that was placed but never started is started by the next coordinator") {
  LocalWorld world;
  const auto vm = create(world, "n1");
  REQUIRE(vm);
  REQUIRE(comes_to(world, Power::running));
  // As after a crash between making the directory and starting the init.
  for (const auto& process : marked(vm->id)) REQUIRE(::kill(process.pid, SIGKILL) == 0);
  std::filesystem::remove(world.node_file(vm->id, "run.json"));
  std::filesystem::remove(world.node_file(vm->id, "booted"));
  world.restart();
  REQUIRE(comes_to(world, Power::running));
}

TEST_CASE("a server whose start was not written down is not started twice") {
  LocalWorld world;
  const auto vm = create(world, "n1");
  REQUIRE(vm);
  REQUIRE(comes_to(world, Power::running));
  std::filesystem::remove(world.node_file(vm->id, "run.json"));
  world.restart();
  CHECK(only(world).power == Power::running);
  CHECK(marked(vm->id).size() == 1);
}

TEST_CASE("half-made and half-removed directories are cleaned up and never listed") {
  LocalWorld world;
  const std::string nodes = world.options().root + "/nodes";
  std::filesystem::create_directories(nodes + "/.new-vm-abc");
  std::filesystem::create_directories(nodes + "/.gone-vm-def");
  std::ofstream(nodes + "/.gone-vm-def/vm.json") << "{}";
  world.restart();
  const auto listed = try_list(world);
  REQUIRE(listed);
  CHECK(listed->empty());
  CHECK(std::filesystem::is_empty(nodes));
}

TEST_CASE("a server whose record cannot be read fails the list and is named") {
  LocalWorld world;
  const auto vm = create(world, "n1");
  REQUIRE(vm);
  const std::string path = world.node_file(vm->id, "vm.json");
  const std::string good = content(path);
  for (const std::string bad : {"", "{", "[]", "{\"schema\":1}", "{\"schema\":7}"}) {
    std::ofstream(path, std::ios::trunc) << bad;
    const auto listed = try_list(world);
    REQUIRE_FALSE(listed);
    CHECK(listed.error().code == Errc::broken);
    CHECK(listed.error().message.find(path) != std::string::npos);
  }
  std::ofstream(path, std::ios::trunc) << good;
  CHECK(only(world).id == vm->id);
}

TEST_CASE("a reboot stops the server in order, keeps its disk, and starts it again") {
  LocalWorld world;
  world.options().stop_patience = 10s;
  world.restart();
  add_family(world);
  const auto vm = create(world, "n1", "family");
  REQUIRE(vm);
  const auto disk = [&] { return content(world.node_file(vm->id, "disk")); };
  REQUIRE(world.run_until([&] { return disk() == "up\n"; }));
  // Its init stops by itself; the sleepers that it leaves behind are cut off.
  world.options().stop_patience = 2s;  // a busy machine takes its time for the init, too
  world.restart();
  REQUIRE(reboot(world, vm->id));
  REQUIRE(world.run_until([&] { return disk() == "up\nstopped\nup\n"; }));
  CHECK(only(world).power == Power::running);
}

TEST_CASE("a server that will not stop is rebooted all the same") {
  LocalWorld world;
  world.add_image("deaf", R"(["/bin/sh", "-c", "trap '' TERM; echo up >> disk; sleep 1000"])");
  const auto vm = create(world, "n1", "deaf");
  REQUIRE(vm);
  const auto disk = [&] { return content(world.node_file(vm->id, "disk")); };
  REQUIRE(world.run_until([&] { return disk() == "up\n"; }));
  REQUIRE(reboot(world, vm->id));
  REQUIRE(world.run_until([&] { return disk() == "up\nup\n"; }));
}

TEST_CASE("a reboot that a crash interrupted is finished by the next coordinator") {
  LocalWorld world;
  world.options().stop_patience = 10s;
  world.restart();
  world.add_image("deaf", R"(["/bin/sh", "-c", "trap '' TERM; echo up >> disk; sleep 1000"])");
  const auto vm = create(world, "n1", "deaf");
  REQUIRE(vm);
  const auto disk = [&] { return content(world.node_file(vm->id, "disk")); };
  REQUIRE(world.run_until([&] { return disk() == "up\n"; }));
  world.provider().reboot(vm->id, [](Status) { FAIL("the coordinator is gone"); });
  REQUIRE(
      world.run_until([&] { return std::filesystem::exists(world.node_file(vm->id, "restart")); }));
  world.restart();
  CHECK(only(world).id == vm->id);
  REQUIRE(world.run_until([&] { return disk() == "up\nup\n"; }));
}

TEST_CASE("two accounts of one root share addresses, but not servers") {
  LocalWorld world;
  const auto range = local::AddressRange::parse("127.98.3.0/28");
  REQUIRE(range);
  world.options().addresses = *range;
  world.restart();
  local::Options options = world.options();
  options.account = ProviderId("other");
  os::RealRandom random;
  local::LocalProvider other(options, world.loop(), random);
  std::vector<VmId> others;
  std::set<std::string> addresses;
  for (int i = 0; i < 7; ++i) {
    const auto mine = create(world, "n" + std::to_string(i));
    const auto theirs = await<Result<Vm>>(
        world, [&](auto done) { other.create(request("n" + std::to_string(i)), done); });
    REQUIRE(mine);
    REQUIRE(theirs);
    CHECK(addresses.insert(mine->address).second);
    CHECK(addresses.insert(theirs->address).second);
    others.push_back(theirs->id);
  }
  CHECK(try_list(world)->size() == 7);
  CHECK(destroy(world, others[0]).error().code == Errc::not_found);
  for (const VmId& vm : others) {
    CHECK(await<Status>(world, [&](auto done) { other.destroy(vm, done); }));
  }
}

TEST_CASE("a process is never mistaken for a later one of the same id") {
  const auto self = local::find_process(::getpid());
  REQUIRE(self);
  CHECK(self->pid == ::getpid());
  local::ProcessInfo earlier = *self;
  earlier.start_ticks -= 1;
  CHECK(local::send_signal(earlier, SIGKILL));
  CHECK(local::kill_and_wait(earlier));
  CHECK_FALSE(local::find_process(0));
}
