#include "coordinator/sim/world/box.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/json.hpp>

#include "coordinator/sim/world/box_state.h"
#include "coordinator/sim/world/line_numbers.h"

namespace edgeherd::sim {

namespace {

constexpr double cpus = 4;
constexpr Duration flap_period = 20s;
constexpr double connections_per_rps = 0.5;
constexpr double calm_latency_s = 0.020;
constexpr std::size_t most_file_bytes = 64 << 20;

std::string text_of(const boost::json::object& object, const char* field) {
  const auto* value = object.if_contains(field);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

void ProcessLink::on_message(std::function<void(std::string_view)> handler) {
  outer_.on_message([this, handler = std::move(handler)](std::string_view bytes) {
    if (process_.stopped()) {
      process_.post([handler, copy = std::string(bytes)] { handler(copy); });
    } else {
      handler(bytes);
    }
  });
}

Box::State::State(BoxSeams s, model::Vm v, const std::string& user_data, BoxNature n, SimRandom r)
    : seams(s),
      vm(std::move(v)),
      nature(std::move(n)),
      random(r),
      disk(s.world.clock()),
      nginx(disk, "/log/access.log") {
  const auto parsed = boost::json::parse(user_data).as_object();
  node = NodeId(text_of(parsed, "node"));
  enrolment_token = text_of(parsed, "enrolment_token");
  probe_token = text_of(parsed, "probe_token");
  // A key is made on the server that it is for; a clone of the disk makes another one.
  key = AgentKey("key-of-" + vm.id.str());
  (void)disk.make_directories("/log/spool");
  (void)disk.make_directories("/state");
  for (const char* directory : {"/", "/log", "/state"}) (void)disk.sync_directory(directory);
}

bool Box::State::fails_check() const {
  if (lies.fails_check) return true;
  const auto turn = seams.world.clock().mono().time_since_epoch() / flap_period;
  return lies.flaps && turn % 2 == 0;
}

void Box::State::come_up() {
  if (nature.dead || !powered) return;
  booted = true;
  up_since = seams.world.clock().mono();
  if (!nature.stuck) nginx.start();
  start_agent();
}

Box::Box(BoxSeams seams, model::Vm vm, const std::string& user_data, BoxNature nature,
         SimRandom random)
    : state_(std::make_shared<State>(seams, std::move(vm), user_data, std::move(nature), random)) {
  switch_on(state_->nature.boot);
}

Box::~Box() {
  state_->stop_agent();
}

void Box::switch_on(Duration boot) {
  State& state = *state_;
  if (state.boots > 0) switch_off();
  state.powered = true;
  const std::uint64_t this_boot = ++state.boots;
  state.seams.world.after(boot, [weak = std::weak_ptr<State>(state_), this_boot] {
    const auto self = weak.lock();
    if (self && self->boots == this_boot) self->come_up();
  });
}

void Box::switch_off() {
  State& state = *state_;
  state.ail();
  ++state.boots;
  state.powered = false;
  state.booted = false;
  state.stop_agent();
  state.nginx.stop();
  state.disk.crash(state.random);
  state.requests = state.counted = state.errors = state.cpu_ms = state.connections = 0;
  state.latencies.clear();
  state.lies = BoxLies{};
}

void Box::kill_agent(Duration until_restart) {
  State& state = *state_;
  if (!state.life) return;
  state.stop_agent();
  state.latencies.clear();
  state.seams.world.after(until_restart,
                          [weak = std::weak_ptr<State>(state_), this_boot = state.boots] {
                            const auto self = weak.lock();
                            if (!self || self->boots != this_boot || !self->booted) return;
                            if (!self->life) self->start_agent();
                          });
}

void Box::hang_agent(bool hanging) {
  if (!state_->life) return;
  if (hanging) {
    state_->life->process.stop();
  } else {
    state_->life->process.resume();
  }
}

void Box::set_agent_clock(Duration offset) {
  state_->agent_clock = offset;
  if (state_->life) state_->life->process.set_wall_offset(offset);
}

// Counters go back as after an nginx restart, within one life of the agent.
void Box::reset_counters() {
  state_->counted = state_->errors = state_->cpu_ms = 0;
  state_->has_lied = true;
}

BoxLies& Box::lies() {
  return state_->lies;
}

void Box::break_edge(bool broken) {
  state_->broken = broken;
}

bool Box::answers_viewers() const {
  const State& state = *state_;
  return state.booted && !state.broken && state.nginx.running() && state.nginx.listening();
}

double Box::serve(double wanted, double errors) {
  State& state = *state_;
  const double capacity = state.seams.scenario.node_rps;
  const double load = wanted / capacity;
  const double served = std::min(wanted, capacity * 1.2);
  const double failed = wanted - served;
  state.served = wanted > 0;
  state.requests += served;
  state.counted += served * state.lies.counter_factor;
  state.errors += failed + served * errors;
  state.cpu_ms += std::min(1.0, load) * 1000 * cpus;
  state.connections =
      std::max(wanted * connections_per_rps, state.connections * state.seams.scenario.linger);
  if (state.connections < 1) state.connections = 0;
  if (served > 0) {
    // Waiting grows as in a queue; nobody waits longer than two seconds.
    const double slow = load >= 0.99 ? 2.0 : std::min(2.0, calm_latency_s / (1 - load));
    const auto count = static_cast<std::uint64_t>(std::llround(std::max(served, 1.0)));
    state.latencies.add(sketch_bucket(calm_latency_s), count - count / 20);
    if (count / 20 > 0) state.latencies.add(sketch_bucket(slow), count / 20);
  }
  state.line_share += served * state.seams.scenario.lines_per_request;
  if (state.line_share >= 1) {
    const double whole = std::floor(state.line_share);
    state.line_share -= whole;
    state.nginx.write(static_cast<std::uint64_t>(whole));
  }
  return failed;
}

bool Box::idle_this_second() {
  return !std::exchange(state_->served, false);
}

int Box::probe(Page page) const {
  State& state = *state_;
  if (!state.booted) {
    state.ail();
    return 0;
  }
  if (page == Page::edge) {
    if (!answers_viewers()) state.ail();
    return answers_viewers() ? 200 : 0;
  }
  if (!state.agent_alive()) return 0;  // silent, which says nothing of the server
  if (page == Page::alive) return 200;
  return state.fails_check() ? 503 : 200;
}

const std::string& Box::probe_token() const {
  return state_->probe_token;
}
SimFileSystem& Box::disk() {
  return state_->disk;
}
const model::Vm& Box::vm() const {
  return state_->vm;
}
const Nginx& Box::nginx() const {
  return state_->nginx;
}
double Box::connections() const {
  return state_->connections;
}
const std::string& Box::image_version() const {
  return state_->nature.image_version;
}
bool Box::up() const {
  return state_->booted;
}
void Box::look() {
  State& state = *state_;
  if (state.lies.counter_factor != 1) state.has_lied = true;
  const bool good = state.booted && !state.broken && !state.fails_check() && state.agent_alive();
  if (good) {
    state.trouble_since.reset();
  } else if (!state.trouble_since) {
    state.trouble_since = state.seams.world.clock().mono();
  }
}
std::optional<MonoTime> Box::trouble_since() const {
  return state_->trouble_since;
}
void Box::seen_ailing() {
  state_->ail();
}
std::optional<MonoTime> Box::seen_ailing_at() const {
  return state_->ailing_at;
}
bool Box::has_lied() const {
  return state_->has_lied;
}
bool Box::told_to_drain() const {
  return state_->drained;
}
bool Box::told_to_close() const {
  return state_->closed;
}
const std::vector<session::DrainState>& Box::drain_changes() const {
  return state_->drain_changes;
}
const AgentKey& Box::key() const {
  return state_->key;
}
std::set<std::uint64_t> Box::lines_on_disk() {
  std::set<std::uint64_t> numbers;
  const auto collect = [&](const std::string& path) {
    const auto bytes = state_->disk.read_whole(path, most_file_bytes);
    if (bytes) collect_line_numbers(*bytes, numbers);
  };
  collect("/log/access.log");
  const auto spooled = state_->disk.list("/log/spool");
  if (!spooled) return numbers;
  for (const std::string& name : *spooled) collect("/log/spool/" + name);
  return numbers;
}
std::uint64_t Box::lines_given_up() const {
  const State& state = *state_;
  return state.life && state.life->shipper ? state.life->shipper->totals().lines_lost
                                           : state.lost_before;
}
int Box::failed_starts() const {
  return state_->failed_starts;
}

}  // namespace edgeherd::sim
