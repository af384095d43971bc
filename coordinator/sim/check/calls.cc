// Calls to the clouds: never more at once to an account than its executor may make, hung ones
// counted; and a server is rebooted once, across restarts.
#include <map>

#include "coordinator/act/executor.h"
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

class Calls final : public Checker {
 public:
  void second(World& world) override {
    const std::size_t may = act::ExecutorLimits{}.concurrency;
    for (const auto& [id, cloud] : world.clouds) {
      if (cloud->most_calls_at_once() <= may) continue;
      world.violated("calls", std::to_string(cloud->most_calls_at_once()) +
                                  " calls were under way at once at " + id.str() + ", " +
                                  std::to_string(may) + " may");
    }
  }

  void calling(World& world, std::size_t brain, const CloudCall& call) override {
    if (call.kind != CloudCall::Kind::reboot) return;
    if (++reboots_[{brain, call.vm}] == 1) return;
    world.violated("calls", "server " + call.vm.str() + " is rebooted a second time");
  }

  void forgot(World&, std::size_t brain) override {
    std::erase_if(reboots_, [&](const auto& entry) { return entry.first.first == brain; });
  }

 private:
  std::map<std::pair<std::size_t, VmId>, int> reboots_;
};

}  // namespace

std::unique_ptr<Checker> make_call_checker() {
  return std::make_unique<Calls>();
}

}  // namespace edgeherd::sim
