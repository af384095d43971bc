// Short forms of the local provider's calls, for its tests.
#pragma once

#include <csignal>
#include <fstream>
#include <sstream>

#include "coordinator/providers/local/local_provider.h"
#include "coordinator/providers/local/processes.h"
#include "tests/contract/provider_worlds.h"

namespace edgeherd::test {

using act::CreateRequest;
using model::Power;
using model::Vm;

inline CreateRequest request(const std::string& node, const std::string& image = "v1") {
  CreateRequest wanted;
  wanted.node = NodeId(node);
  wanted.fleet = "fleet-a";
  wanted.place = "lon1";
  wanted.image = ImageId(image);
  wanted.user_data = "{\"node\":\"" + node + "\"}";
  return wanted;
}

inline Result<Vm> create(LocalWorld& world, const std::string& node,
                         const std::string& image = "v1") {
  return await<Result<Vm>>(world,
                           [&](auto done) { world.provider().create(request(node, image), done); });
}

inline Result<std::vector<Vm>> try_list(LocalWorld& world) {
  return await<Result<std::vector<Vm>>>(world, [&](auto done) { world.provider().list(done); });
}

inline Vm only(LocalWorld& world) {
  auto listed = try_list(world);
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  return listed->front();
}

inline Status destroy(LocalWorld& world, const VmId& vm) {
  return await<Status>(world, [&](auto done) { world.provider().destroy(vm, done); });
}

inline Status reboot(LocalWorld& world, const VmId& vm) {
  return await<Status>(world, [&](auto done) { world.provider().reboot(vm, done); });
}

inline std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

inline std::vector<local::ProcessInfo> marked(const VmId& vm) {
  std::vector<local::ProcessInfo> found;
  const auto all = local::list_processes();
  REQUIRE(all);
  for (const auto& process : *all) {
    if (process.mark == vm.str()) found.push_back(process);
  }
  return found;
}

inline bool comes_to(LocalWorld& world, Power power) {
  return world.run_until([&] { return only(world).power == power; });
}

// An image whose init has a child and a grandchild, and answers SIGTERM by writing it down.
inline void add_family(LocalWorld& world) {
  world.add_image(
      "family", R"(["/bin/sh", "-c", "trap 'echo stopped >> disk; exit 0' TERM; echo up >> disk; )"
                R"((sleep 1000 & sleep 1000) & while :; do sleep 0.05; done"])");
}

}  // namespace edgeherd::test
