#include "coordinator/sim/sim_dns.h"

#include <utility>

namespace edgeherd::sim {

using act::NameSet;

struct SimDns::State : std::enable_shared_from_this<State> {
  explicit State(SimLoop& w) : world(w) {}

  SimLoop& world;
  EventLoop* process = nullptr;
  std::uint64_t attachment = 0;
  Duration latency = 20ms;
  Duration lag{};
  bool reads_fail = false;
  bool writes_fail = false;
  bool hanging = false;
  std::uint64_t writes = 0;
  std::map<std::string, NameSet> names;

  void answer(std::function<void()> done) {
    world.after(latency / 2, [self = weak_from_this(), done = std::move(done), to = attachment] {
      const auto state = self.lock();
      if (state && state->process != nullptr && state->attachment == to) state->process->post(done);
    });
  }

  std::vector<NameSet> now(const std::vector<std::string>& asked) const {
    std::vector<NameSet> found;
    for (const std::string& name : asked) {
      const auto known = names.find(name);
      found.push_back(known != names.end() ? known->second : NameSet{name, {}, {}});
    }
    return found;
  }

  void apply(const std::vector<NameSet>& wanted) {
    for (const NameSet& set : wanted) {
      if (set.addresses.empty()) {
        names.erase(set.name);
      } else {
        names[set.name] = set;
      }
    }
  }
};

SimDns::SimDns(SimLoop& world) : state_(std::make_shared<State>(world)) {}
SimDns::~SimDns() = default;

void SimDns::attach(EventLoop& process) {
  state_->process = &process;
  ++state_->attachment;
}
void SimDns::detach() {
  state_->process = nullptr;
  ++state_->attachment;
}

void SimDns::read(std::vector<std::string> names,
                  std::function<void(Result<std::vector<NameSet>>)> done) {
  state_->world.after(state_->latency / 2, [self = std::weak_ptr<State>(state_),
                                            names = std::move(names), done = std::move(done)] {
    const auto state = self.lock();
    if (!state || state->hanging) return;
    Result<std::vector<NameSet>> result = state->now(names);
    if (state->reads_fail) result = fail(Errc::unavailable, "SERVFAIL");
    state->answer([done, result] { done(result); });
  });
}

void SimDns::write(std::vector<NameSet> wanted, std::function<void(Status)> done) {
  state_->world.after(state_->latency / 2, [self = std::weak_ptr<State>(state_),
                                            wanted = std::move(wanted), done = std::move(done)] {
    const auto state = self.lock();
    if (!state || state->hanging) return;
    if (state->writes_fail) {
      state->answer([done] { done(fail(Errc::refused, "REFUSED")); });
      return;
    }
    ++state->writes;
    state->world.after(state->lag, [self, wanted] {
      if (const auto then = self.lock()) then->apply(wanted);
    });
    state->answer([done] { done({}); });
  });
}

void SimDns::set_latency(Duration latency) {
  state_->latency = latency;
}
void SimDns::fail_reads(bool failing) {
  state_->reads_fail = failing;
}
void SimDns::fail_writes(bool failing) {
  state_->writes_fail = failing;
}
void SimDns::hang(bool hanging) {
  state_->hanging = hanging;
}
void SimDns::set_lag(Duration lag) {
  state_->lag = lag;
}

std::set<std::string> SimDns::addresses(const std::string& name) const {
  const auto known = state_->names.find(name);
  return known != state_->names.end() ? known->second.addresses : std::set<std::string>{};
}
void SimDns::set(NameSet names) {
  state_->apply({std::move(names)});
}
std::uint64_t SimDns::writes() const {
  return state_->writes;
}

}  // namespace edgeherd::sim
