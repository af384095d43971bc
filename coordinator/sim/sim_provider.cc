#include "coordinator/sim/sim_provider.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

namespace edgeherd::sim {

using model::Vm;

namespace {

// Who waits for answers, and for how many.
struct Caller {
  EventLoop* process = nullptr;  // null once he is gone
  std::size_t under_way = 0;
};
using Listening = std::shared_ptr<Caller>;

}  // namespace

struct SimProvider::State : std::enable_shared_from_this<State> {
  State(SimLoop& w, SimRandom r, std::string n) : world(w), random(r), name(std::move(n)) {}

  SimLoop& world;
  SimRandom random;
  const std::string name;
  CloudWeather weather;
  std::map<VmId, Server> servers;
  std::map<VmId, std::pair<Vm, MonoTime>> ghosts;  // destroyed, and listed until then
  std::map<NodeId, int> made;
  std::map<NodeId, int> most_at_once;
  std::set<NodeId> doubled;
  std::map<NodeId, std::set<std::string>> asked_with;
  std::set<NodeId> sold_out;
  std::uint64_t calls = 0;
  std::size_t most_calls_at_once = 0;
  std::uint64_t last_id = 0;
  std::set<VmId> names;  // of all servers that it ever made
  std::uint64_t last_address = 0;
  std::deque<std::string> free_addresses;
  Listener started;
  std::function<void(const Vm&)> destroy_called;
  std::function<void(const VmId&)> destroyed;
  std::function<std::string(std::uint64_t)> server_name = [this](std::uint64_t number) {
    return name + "-" + std::to_string(number);
  };

  Duration latency() {
    assert(weather.least_latency <= weather.most_latency);
    const auto spread =
        static_cast<std::uint64_t>((weather.most_latency - weather.least_latency).count()) + 1;
    return weather.least_latency + Duration(static_cast<Duration::rep>(random.below(spread)));
  }

  // Runs `work` after the way there, and gives its answer after the way back.
  template <class R>
  void call(const Listening& to, std::function<R()> work, std::function<void(R)> done) {
    ++calls;
    most_calls_at_once = std::max(most_calls_at_once, ++to->under_way);
    const bool throttled = random.chance(weather.throttle);
    const bool lost = random.chance(weather.lose_answer);
    const Duration there = latency() / 2;
    const Duration back =
        latency() / 2 + (lost ? weather.lost_for.value_or(Duration{}) : Duration{});
    const bool never = lost && !weather.lost_for;
    world.after(there, [self = weak_from_this(), work = std::move(work), done = std::move(done),
                        throttled, never, back, to] {
      const auto state = self.lock();
      if (!state) return;
      // Shared, as what waits in a loop is copied on its way.
      const auto result =
          std::make_shared<R>(throttled ? R(fail(Errc::throttled, "too many requests")) : work());
      if (never) {
        --to->under_way;
        return;
      }
      state->world.after(back, [done, result, to] {
        --to->under_way;
        if (to->process == nullptr) return;
        to->process->post([done, result] { done(std::move(*result)); });
      });
    });
  }

  Vm make(const act::CreateRequest& request);
  [[nodiscard]] std::string new_address();
  void gone(const Vm& vm);
  void start(const VmId& id, Server server);
  Status destroy(const VmId& vm);
  [[nodiscard]] std::vector<Vm> listed();
};

std::string SimProvider::State::new_address() {
  if (!free_addresses.empty() && random.chance(weather.recycle_address)) {
    std::string address = free_addresses.front();
    free_addresses.pop_front();
    return address;
  }
  // Each account has a range of its own.
  unsigned range = 0;
  for (const char c : name) range = (range * 31 + static_cast<unsigned char>(c)) % 200;
  const std::uint64_t number = ++last_address;
  return std::to_string(10 + range) + "." + std::to_string(number / 62500 % 250) + "." +
         std::to_string(number / 250 % 250) + "." + std::to_string(number % 250 + 1);
}

void SimProvider::State::gone(const Vm& vm) {
  free_addresses.push_back(vm.address);
  const VmId id = vm.id;
  servers.erase(id);
  if (destroyed) destroyed(id);
}

Vm SimProvider::State::make(const act::CreateRequest& request) {
  Server server;
  Vm& vm = server.vm;
  vm.id = VmId(server_name(++last_id));
  names.insert(vm.id);
  vm.fleet = request.fleet;
  vm.node = request.node;
  vm.place = request.place;
  vm.address = new_address();
  vm.power = model::Power::running;
  vm.image = request.image;
  vm.created = world.clock().wall();
  server.user_data = request.user_data;
  server.size = request.size;
  server.listed_from = world.clock().mono() + weather.list_lag;
  ++made[request.node];
  Vm result = vm;
  start(result.id, std::move(server));
  if (weather.address_in_list_only) result.address.clear();
  return result;
}

void SimProvider::State::start(const VmId& id, Server server) {
  const Server& placed = servers[id] = std::move(server);
  int alive = 0;
  for (const auto& [other_id, other] : servers) {
    const bool of_it = other.vm.fleet == placed.vm.fleet && other.vm.node == placed.vm.node;
    alive += of_it ? 1 : 0;
  }
  int& most = most_at_once[placed.vm.node];
  most = std::max(most, alive);
  if (started) started(placed.vm, placed.user_data);
}

Status SimProvider::State::destroy(const VmId& vm) {
  const auto server = servers.find(vm);
  if (server == servers.end()) return fail(Errc::not_found, "no server " + vm.str());
  if (destroy_called) destroy_called(server->second.vm);
  if (weather.ghost_for > Duration{}) {
    ghosts[vm] = {server->second.vm, world.clock().mono() + weather.ghost_for};
  }
  gone(Vm(server->second.vm));
  return {};
}

std::vector<Vm> SimProvider::State::listed() {
  const MonoTime now = world.clock().mono();
  if (weather.list_foreign) {
    for (auto& [id, server] : servers) ++server.left_out;
    return {};
  }
  std::erase_if(ghosts, [now](const auto& ghost) { return ghost.second.second <= now; });
  std::vector<Vm> vms;
  for (auto& [id, server] : servers) {
    const bool shown = now >= server.listed_from;
    server.left_out = shown ? 0 : server.left_out + 1;
    if (shown) vms.push_back(server.vm);
  }
  for (const auto& [id, ghost] : ghosts) vms.push_back(ghost.first);
  if (weather.list_bare) {
    for (Vm& vm : vms) vm.address = vm.private_address = "";
  }
  if (weather.most_listed && vms.size() > *weather.most_listed) vms.resize(*weather.most_listed);
  return vms;
}

// One coordinator's way to the account.
class SimProvider::Port final : public act::Provider {
 public:
  explicit Port(State& state) : state_(state.shared_from_this()) {}
  ~Port() override { to_->process = nullptr; }
  void listen(EventLoop* process) {
    to_->process = nullptr;
    to_ = std::make_shared<Caller>(Caller{process, 0});
  }

  void create(act::CreateRequest request, std::function<void(Result<Vm>)> done) override {
    State& state = *state_;
    state.asked_with[request.node].insert(request.user_data);
    const bool refused = state.random.chance(state.weather.refuse_create);
    const bool twice = state.random.chance(state.weather.double_create);
    const bool another =
        state.weather.name_another > 0 && state.random.chance(state.weather.name_another);
    state.call<Result<Vm>>(
        to_,
        [&state, request = std::move(request), refused, twice, another]() -> Result<Vm> {
          if (refused) return fail(Errc::unavailable, "internal error");
          const auto& none = state.weather.out_of_stock;
          if (none.contains(request.place) || none.contains(request.place + "/" + request.size)) {
            state.sold_out.insert(request.node);
            return fail(Errc::out_of_stock, "no capacity in " + request.place);
          }
          if (twice) {
            state.doubled.insert(request.node);
            (void)state.make(request);
          }
          Result<Vm> made = state.make(request);
          if (made && another) made->id = state.servers.begin()->first;
          return made;
        },
        std::move(done));
  }

  void destroy(VmId vm, std::function<void(Status)> done) override {
    State& state = *state_;
    const bool refused = state.random.chance(state.weather.fail_destroy);
    state.call<Status>(
        to_,
        [&state, vm = std::move(vm), refused]() -> Status {
          if (refused) return fail(Errc::unavailable, "internal error");
          return state.destroy(vm);
        },
        std::move(done));
  }

  void reboot(VmId vm, std::function<void(Status)> done) override {
    State& state = *state_;
    const bool refused =
        state.weather.fail_reboot > 0 && state.random.chance(state.weather.fail_reboot);
    state.call<Status>(
        to_,
        [&state, vm = std::move(vm), refused]() -> Status {
          if (refused) return fail(Errc::unavailable, "internal error");
          const auto server = state.servers.find(vm);
          if (server == state.servers.end()) return fail(Errc::not_found, "no server " + vm.str());
          server->second.vm.power = model::Power::running;
          if (state.started) state.started(server->second.vm, server->second.user_data);
          return {};
        },
        std::move(done));
  }

  void list(std::function<void(Result<std::vector<Vm>>)> done) override {
    State& state = *state_;
    const bool broken = state.random.chance(state.weather.fail_list);
    const bool twice =
        state.weather.list_twice > 0 && state.random.chance(state.weather.list_twice);
    state.call<Result<std::vector<Vm>>>(
        to_,
        [&state, broken, twice]() -> Result<std::vector<Vm>> {
          if (broken) return fail(Errc::broken, "page 2 of 3 is missing");
          std::vector<Vm> vms = state.listed();
          if (twice && !vms.empty()) vms.push_back(Vm(vms.front()));
          return vms;
        },
        std::move(done));
  }

  void images(std::function<void(Result<std::vector<act::Image>>)> done) override {
    state_->call<Result<std::vector<act::Image>>>(
        to_,
        []() -> Result<std::vector<act::Image>> {
          return std::vector<act::Image>{{ImageId("image-1"), "edge", WallTime{}}};
        },
        std::move(done));
  }

 private:
  std::shared_ptr<State> state_;
  Listening to_ = std::make_shared<Caller>();
};

SimProvider::SimProvider(SimLoop& world, SimRandom random, std::string name)
    : state_(std::make_shared<State>(world, random, std::move(name))),
      own_(std::make_unique<Port>(*state_)) {}
SimProvider::~SimProvider() = default;

void SimProvider::attach(EventLoop& process) {
  own_->listen(&process);
}
void SimProvider::detach() {
  own_->listen(nullptr);
}
std::unique_ptr<act::Provider> SimProvider::connect(EventLoop& process) {
  auto port = std::make_unique<Port>(*state_);
  port->listen(&process);
  return port;
}

void SimProvider::create(act::CreateRequest request, std::function<void(Result<Vm>)> done) {
  own_->create(std::move(request), std::move(done));
}
void SimProvider::destroy(VmId vm, std::function<void(Status)> done) {
  own_->destroy(std::move(vm), std::move(done));
}
void SimProvider::reboot(VmId vm, std::function<void(Status)> done) {
  own_->reboot(std::move(vm), std::move(done));
}
void SimProvider::list(std::function<void(Result<std::vector<Vm>>)> done) {
  own_->list(std::move(done));
}
void SimProvider::images(std::function<void(Result<std::vector<act::Image>>)> done) {
  own_->images(std::move(done));
}

CloudWeather& SimProvider::weather() {
  return state_->weather;
}
void SimProvider::name_servers(std::function<std::string(std::uint64_t)> name) {
  state_->server_name = std::move(name);
}
void SimProvider::on_started(Listener listener) {
  state_->started = std::move(listener);
}
void SimProvider::on_destroy_call(std::function<void(const Vm&)> listener) {
  state_->destroy_called = std::move(listener);
}
void SimProvider::on_destroyed(std::function<void(const VmId&)> listener) {
  state_->destroyed = std::move(listener);
}

void SimProvider::vanish(const VmId& vm) {
  const auto server = state_->servers.find(vm);
  if (server != state_->servers.end()) state_->gone(Vm(server->second.vm));
}

VmId SimProvider::add(Vm vm, const std::string& user_data) {
  vm.id = VmId(state_->server_name(++state_->last_id));
  state_->names.insert(vm.id);
  if (vm.address.empty()) vm.address = state_->new_address();
  const VmId id = vm.id;
  if (user_data.empty()) {
    state_->servers[id] = {std::move(vm), "", "", MonoTime{}, 0};
  } else {
    state_->doubled.insert(vm.node);
    state_->start(id, {std::move(vm), user_data, "", MonoTime{}, 0});
  }
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
const std::set<NodeId>& SimProvider::doubled() const {
  return state_->doubled;
}
const std::map<NodeId, std::set<std::string>>& SimProvider::asked_with() const {
  return state_->asked_with;
}
bool SimProvider::has_made(const VmId& vm) const {
  return state_->names.contains(vm);
}
const std::set<NodeId>& SimProvider::sold_out() const {
  return state_->sold_out;
}
std::uint64_t SimProvider::creations() const {
  return state_->last_id;
}
std::size_t SimProvider::most_calls_at_once() const {
  return state_->most_calls_at_once;
}
std::uint64_t SimProvider::calls() const {
  return state_->calls;
}

}  // namespace edgeherd::sim
