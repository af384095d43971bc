#include "coordinator/sim/sim_dns.h"

#include <algorithm>
#include <utility>

namespace edgeherd::sim {

using act::NameSet;

namespace {

constexpr Duration awaited = 3s;

// Who waits for answers; empty once he is gone.
using Listening = std::shared_ptr<EventLoop*>;

}  // namespace

struct SimDns::State : std::enable_shared_from_this<State> {
  explicit State(SimLoop& w) : world(w) {}

  SimLoop& world;
  Duration latency = 20ms;
  Duration quiet = 3s;
  Duration lag{};
  MonoTime last_due{};
  bool reads_fail = false;
  bool writes_fail = false;
  bool hanging = false;
  std::uint64_t writes = 0;
  std::map<act::NameKey, NameSet> names;
  std::map<act::NameKey, Obstacle> obstacles;

  void answer(const Listening& to, std::function<void()> done) {
    world.after(latency / 2, [to, done = std::move(done)] {
      if (*to != nullptr) (*to)->post(done);
    });
  }

  std::vector<NameSet> now(const std::vector<act::NameKey>& asked) const {
    std::vector<NameSet> found;
    for (const act::NameKey& key : asked) {
      if (obstacle_of(key) == Obstacle::left_out) continue;
      if (obstacle_of(key) == Obstacle::alias) {
        found.push_back(act::unread_name(key, alias_of(key)));
        continue;
      }
      const auto known = names.find(key);
      found.push_back(known != names.end() ? known->second : NameSet{key.name, {}, {}, key.part});
    }
    return found;
  }

  [[nodiscard]] Obstacle obstacle_of(const act::NameKey& key) const {
    const auto there = obstacles.find(key);
    return there != obstacles.end() ? there->second : Obstacle::none;
  }
  static Error alias_of(const act::NameKey& key) {
    return fail(Errc::conflict, key.name + " is an alias");
  }

  [[nodiscard]] Status may_write(const std::vector<NameSet>& wanted) const {
    if (writes_fail) return fail(Errc::refused, "REFUSED");
    for (const NameSet& set : wanted) {
      const Obstacle obstacle = obstacle_of(key_of(set));
      if (obstacle == Obstacle::alias) return alias_of(key_of(set));
      if (obstacle == Obstacle::no_right) return fail(Errc::refused, "NOTAUTH: " + set.name);
    }
    return {};
  }

  void apply(const std::vector<NameSet>& wanted) {
    for (const NameSet& set : wanted) {
      if (set.addresses.empty()) {
        names.erase(key_of(set));
      } else {
        names[key_of(set)] = set;
      }
    }
  }
};

// One coordinator's way to the service.
class SimDns::Port final : public act::DnsProvider {
 public:
  explicit Port(State& state) : state_(state.shared_from_this()) {}
  ~Port() override { *to_ = nullptr; }
  void listen(EventLoop* process) {
    *to_ = nullptr;
    to_ = std::make_shared<EventLoop*>(process);
  }

  void read(std::vector<act::NameKey> names,
            std::function<void(Result<std::vector<NameSet>>)> done) override {
    state_->world.after(state_->latency / 2, [self = std::weak_ptr<State>(state_), to = to_,
                                              names = std::move(names), done = std::move(done)] {
      const auto state = self.lock();
      if (!state || state->hanging) return;
      // Shared, as what waits in a loop is copied on its way.
      const auto result =
          std::make_shared<Result<std::vector<NameSet>>>(act::answer_of(state->now(names)));
      if (state->reads_fail) *result = fail(Errc::unavailable, "SERVFAIL");
      state->answer(to, [done, result] { done(std::move(*result)); });
    });
  }

  void write(std::vector<NameSet> wanted, std::function<void(Status)> done) override {
    state_->world.after(state_->latency / 2, [self = std::weak_ptr<State>(state_), to = to_,
                                              wanted = std::move(wanted), done = std::move(done)] {
      const auto state = self.lock();
      if (!state || state->hanging) return;
      if (const Status may = state->may_write(wanted); !may) {
        return state->answer(to, [done, may] { done(may); });
      }
      ++state->writes;
      // One after the other, however long each takes.
      const MonoTime now = state->world.clock().mono();
      const MonoTime due = std::max(state->last_due, now + state->lag);
      state->last_due = due;
      if (due > now) {
        state->world.at(due, [self, wanted] {
          if (const auto then = self.lock()) then->apply(wanted);
        });
      } else {
        state->apply(wanted);
      }
      state->answer(to, [done] { done({}); });
    });
  }

  [[nodiscard]] act::ReadPeriods read_periods() const override { return {awaited, state_->quiet}; }

 private:
  std::shared_ptr<State> state_;
  Listening to_ = std::make_shared<EventLoop*>(nullptr);
};

SimDns::SimDns(SimLoop& world)
    : state_(std::make_shared<State>(world)), own_(std::make_unique<Port>(*state_)) {}
SimDns::~SimDns() = default;

void SimDns::attach(EventLoop& process) {
  own_->listen(&process);
}
void SimDns::detach() {
  own_->listen(nullptr);
}
std::unique_ptr<act::DnsProvider> SimDns::connect(EventLoop& process) {
  auto port = std::make_unique<Port>(*state_);
  port->listen(&process);
  return port;
}

void SimDns::read(std::vector<act::NameKey> names,
                  std::function<void(Result<std::vector<NameSet>>)> done) {
  own_->read(std::move(names), std::move(done));
}
void SimDns::write(std::vector<NameSet> wanted, std::function<void(Status)> done) {
  own_->write(std::move(wanted), std::move(done));
}

act::ReadPeriods SimDns::read_periods() const {
  return own_->read_periods();
}
void SimDns::set_quiet_period(Duration period) {
  state_->quiet = period;
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
void SimDns::put_in_the_way(const act::NameKey& name, Obstacle obstacle) {
  state_->obstacles[name] = obstacle;
}
void SimDns::hang(bool hanging) {
  state_->hanging = hanging;
}
bool SimDns::readable() const {
  return !state_->hanging && !state_->reads_fail;
}
void SimDns::set_lag(Duration lag) {
  state_->lag = lag;
}

const std::set<std::string>& SimDns::addresses(const act::NameKey& name) const {
  static const std::set<std::string> none;
  const auto known = state_->names.find(name);
  return known != state_->names.end() ? known->second.addresses : none;
}
const std::map<act::NameKey, act::NameSet>& SimDns::sets() const {
  return state_->names;
}
void SimDns::set(NameSet names) {
  state_->apply({std::move(names)});
}
std::uint64_t SimDns::writes() const {
  return state_->writes;
}

}  // namespace edgeherd::sim
