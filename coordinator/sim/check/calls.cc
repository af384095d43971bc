// Calls to the clouds: never more at once to an account than its executor may make, hung ones
// counted; none that a cloud refuses because there were too many; a server is rebooted once, across
// restarts (a try that failed is made again, after a while), and not by a process that has just
// begun: it cannot know yet that an agent is silent.
#include <map>

#include "coordinator/act/calls/executor.h"
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration agents_come_back = 30s;
constexpr Duration between_reboots = 60s;  // that failed

class Calls final : public Checker {
 public:
  void second(World& world) override {
    const std::size_t may = act::ExecutorLimits{}.concurrency;
    for (const auto& [id, cloud] : world.clouds) {
      // Where a real API stands before the account, one call is several requests.
      if (world.fronts.contains(id) || cloud->most_calls_at_once() <= may) continue;
      world.violated("calls", std::to_string(cloud->most_calls_at_once()) +
                                  " calls were under way at once at " + id.str() + ", " +
                                  std::to_string(may) + " may");
    }
    for (const auto& [id, front] : world.fronts) {
      const Meter& meter = front->meter();
      if (meter.refused() == 0) continue;
      world.violated("calls", id.str() + " refuses a request for its rate: it is the " +
                                  std::to_string(meter.last_minute()) + "th in a minute and the " +
                                  std::to_string(meter.last_hour()) + "th in an hour");
    }
  }

  void calling(World& world, std::size_t brain, const CloudCall& call) override {
    if (call.kind != CloudCall::Kind::reboot) return;
    const MonoTime now = world.loop.clock().mono();
    Reboot& known = reboots_[{brain, call.vm}];
    if (known.spent || (known.tried && now - *known.tried < between_reboots)) {
      world.violated("calls", "server " + call.vm.str() + " is rebooted a second time");
    }
    known.tried = now;
    known.open = true;
    const auto started = starts_.find(brain);
    if (started == starts_.end()) return;
    const Duration ago = now - started->second;
    if (ago >= agents_come_back) return;
    world.violated("P3", "server " + call.vm.str() + " is rebooted " +
                             std::to_string(static_cast<int>(seconds(ago))) +
                             " s after the start: its agent has had no time to come back");
  }

  void rebooted(World&, std::size_t brain, const CloudCall& call) override {
    Reboot& known = reboots_[{brain, call.vm}];
    known.spent = known.spent || *call.done;
    known.open = false;
  }

  void started(World& world, std::size_t brain) override {
    starts_[brain] = world.loop.clock().mono();
    // What the process before still waited for may have been done.
    for (auto& [key, known] : reboots_) {
      if (key.first != brain || !known.open) continue;
      known.spent = known.spent || starts_[brain] - *known.tried < between_reboots;
    }
  }

  void forgot(World&, std::size_t brain) override {
    std::erase_if(reboots_, [&](const auto& entry) { return entry.first.first == brain; });
  }

 private:
  struct Reboot {
    std::optional<MonoTime> tried;
    bool open = false;   // not answered
    bool spent = false;  // done, or perhaps done before a restart
  };
  std::map<std::pair<std::size_t, VmId>, Reboot> reboots_;
  std::map<std::size_t, MonoTime> starts_;
};

}  // namespace

std::unique_ptr<Checker> make_call_checker() {
  return std::make_unique<Calls>();
}

}  // namespace edgeherd::sim
