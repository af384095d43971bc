#include "coordinator/sim/sim_provider.h"

#include <algorithm>
#include <utility>

namespace edgeherd::sim {

using model::Vm;

struct SimProvider::State : std::enable_shared_from_this<State> {
  State(SimLoop& w, SimRandom r, std::string n) : world(w), random(r), name(std::move(n)) {}

  SimLoop& world;
  SimRandom random;
  const std::string name;
  CloudWeather weather;
  EventLoop* process = nullptr;
  std::uint64_t attachment = 0;  // answers for an earlier coordinator reach nobody
  std::map<VmId, Server> servers;
  std::map<NodeId, int> made;
  std::map<NodeId, int> most_at_once;
  std::map<NodeId, std::set<std::string>> asked_with;
  std::uint64_t calls = 0;
  std::uint64_t last_id = 0;
  Listener started;
  std::function<void(const VmId&)> destroyed;

  Duration latency() {
    const auto spread =
        static_cast<std::uint64_t>((weather.most_latency - weather.least_latency).count()) + 1;
    return weather.least_latency + Duration(static_cast<Duration::rep>(random.below(spread)));
  }

  // Runs `work` after the way there, and gives its answer after the way back.
  template <class R>
  void call(std::function<R()> work, std::function<void(R)> done) {
    ++calls;
    const bool throttled = random.chance(weather.throttle);
    const bool lost = random.chance(weather.lose_answer);
    const Duration there = latency() / 2;
    const Duration back =
        latency() / 2 + (lost ? weather.lost_for.value_or(Duration{}) : Duration{});
    const bool never = lost && !weather.lost_for;
    world.after(there, [self = weak_from_this(), work = std::move(work), done = std::move(done),
                        throttled, never, back, to = attachment] {
      const auto state = self.lock();
      if (!state) return;
      R result = throttled ? R(fail(Errc::throttled, "too many requests")) : work();
      if (never) return;
      state->world.after(back, [self, done, result = std::move(result), to] {
        const auto then = self.lock();
        if (!then || then->process == nullptr || then->attachment != to) return;
        then->process->post([done, result] { done(result); });
      });
    });
  }

  Vm make(const act::CreateRequest& request) {
    Server server;
    Vm& vm = server.vm;
    const std::uint64_t number = ++last_id;
    vm.id = VmId(name + "-" + std::to_string(number));
    vm.fleet = request.fleet;
    vm.node = request.node;
    vm.place = request.place;
    vm.address = "10." + std::to_string(number / 62500 % 250) + "." +
                 std::to_string(number / 250 % 250) + "." + std::to_string(number % 250 + 1);
    vm.power = model::Power::running;
    vm.image = request.image;
    vm.created = world.clock().wall();
    server.user_data = request.user_data;
    server.listed_from = world.clock().mono() + weather.list_lag;
    servers[vm.id] = server;
    ++made[request.node];
    int alive = 0;
    for (const auto& [id, other] : servers) alive += other.vm.node == request.node ? 1 : 0;
    most_at_once[request.node] = std::max(most_at_once[request.node], alive);
    if (started) started(vm, request.user_data);
    return vm;
  }
};

SimProvider::SimProvider(SimLoop& world, SimRandom random, std::string name)
    : state_(std::make_shared<State>(world, random, std::move(name))) {}
SimProvider::~SimProvider() = default;

void SimProvider::attach(EventLoop& process) {
  state_->process = &process;
  ++state_->attachment;
}
void SimProvider::detach() {
  state_->process = nullptr;
  ++state_->attachment;
}

void SimProvider::create(act::CreateRequest request, std::function<void(Result<Vm>)> done) {
  State& state = *state_;
  state.asked_with[request.node].insert(request.user_data);
  const bool refused = state.random.chance(state.weather.refuse_create);
  state.call<Result<Vm>>(
      [&state, request = std::move(request), refused]() -> Result<Vm> {
        if (refused) return fail(Errc::unavailable, "internal error");
        if (state.weather.out_of_stock.contains(request.place)) {
          return fail(Errc::out_of_stock, "no capacity in " + request.place);
        }
        return state.make(request);
      },
      std::move(done));
}

void SimProvider::destroy(VmId vm, std::function<void(Status)> done) {
  State& state = *state_;
  const bool refused = state.random.chance(state.weather.fail_destroy);
  state.call<Status>(
      [&state, vm = std::move(vm), refused]() -> Status {
        if (refused) return fail(Errc::unavailable, "internal error");
        if (state.servers.erase(vm) == 0) return fail(Errc::not_found, "no server " + vm.str());
        if (state.destroyed) state.destroyed(vm);
        return {};
      },
      std::move(done));
}

void SimProvider::reboot(VmId vm, std::function<void(Status)> done) {
  State& state = *state_;
  state.call<Status>(
      [&state, vm = std::move(vm)]() -> Status {
        const auto server = state.servers.find(vm);
        if (server == state.servers.end()) return fail(Errc::not_found, "no server " + vm.str());
        if (state.started) state.started(server->second.vm, server->second.user_data);
        return {};
      },
      std::move(done));
}

void SimProvider::list(std::function<void(Result<std::vector<Vm>>)> done) {
  State& state = *state_;
  const bool broken = state.random.chance(state.weather.fail_list);
  state.call<Result<std::vector<Vm>>>(
      [&state, broken]() -> Result<std::vector<Vm>> {
        if (broken) return fail(Errc::broken, "page 2 of 3 is missing");
        std::vector<Vm> vms;
        for (const auto& [id, server] : state.servers) {
          if (state.world.clock().mono() >= server.listed_from) vms.push_back(server.vm);
        }
        return vms;
      },
      std::move(done));
}

void SimProvider::images(std::function<void(Result<std::vector<act::Image>>)> done) {
  state_->call<Result<std::vector<act::Image>>>(
      []() -> Result<std::vector<act::Image>> {
        return std::vector<act::Image>{{ImageId("image-1"), "edge", WallTime{}}};
      },
      std::move(done));
}

CloudWeather& SimProvider::weather() {
  return state_->weather;
}
void SimProvider::on_started(Listener listener) {
  state_->started = std::move(listener);
}
void SimProvider::on_destroyed(std::function<void(const VmId&)> listener) {
  state_->destroyed = std::move(listener);
}

void SimProvider::vanish(const VmId& vm) {
  if (state_->servers.erase(vm) > 0 && state_->destroyed) state_->destroyed(vm);
}

VmId SimProvider::add(Vm vm) {
  vm.id = VmId(state_->name + "-" + std::to_string(++state_->last_id));
  const VmId id = vm.id;
  state_->servers[id] = {std::move(vm), "", MonoTime{}};
  return id;
}

void SimProvider::set_power(const VmId& vm, model::Power power) {
  const auto server = state_->servers.find(vm);
  if (server != state_->servers.end()) server->second.vm.power = power;
}

const std::map<VmId, SimProvider::Server>& SimProvider::servers() const {
  return state_->servers;
}
const std::map<NodeId, int>& SimProvider::made() const {
  return state_->made;
}
const std::map<NodeId, int>& SimProvider::most_at_once() const {
  return state_->most_at_once;
}
const std::map<NodeId, std::set<std::string>>& SimProvider::asked_with() const {
  return state_->asked_with;
}
std::uint64_t SimProvider::calls() const {
  return state_->calls;
}

}  // namespace edgeherd::sim
