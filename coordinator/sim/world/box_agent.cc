// The agent of a box: the real session and shipper, over the box's own disk, nginx and network.
#include <cmath>

#include "common/archive/archive.h"
#include "coordinator/sim/world/box_state.h"

namespace edgeherd::sim {

namespace {

constexpr std::uint32_t cpus = 4;
constexpr Duration hook_time = 50ms;
constexpr Duration restart_pause = 10s;  // of an agent that cannot start
constexpr std::uint64_t bytes_per_request = 40'000;

logs::ShipperConfig shipper_config(const Scenario& scenario, const NodeId& node) {
  logs::ShipperConfig config;
  config.node = node;
  config.access_log = "/log/access.log";
  config.spool_directory = "/log/spool";
  config.reopen_hook = {"reopen"};
  config.rotate_age = scenario.rotate_age;
  config.reserve_bytes = 4096;
  config.tick = 5s;
  return config;
}

}  // namespace

void Box::State::start_agent() {
  life = std::make_unique<Life>(seams.world, random.fork());
  ++lives;
  life->process.set_wall_offset(agent_clock);
  auto shipper =
      logs::Shipper::open(shipper_config(seams.scenario, node),
                          {life->process, life->worker, disk, life->random, *this, *this, *this});
  session::SessionConfig config;
  config.node = node;
  config.enrolment_token = enrolment_token;
  config.vm_id = vm.id.str();
  config.boot_id = life->random.token(16);
  config.agent_version = "1";
  config.image_version = nature.image_version;
  config.state_directory = "/state";
  config.public_key = key.str();
  config.sample_interval = seams.scenario.sample_period;
  config.heartbeat = seams.scenario.heartbeat;
  config.silence = 3 * seams.scenario.heartbeat;
  config.close_listener_hook = {"close"};
  config.open_listener_hook = {"open"};
  Result<std::unique_ptr<session::Session>> opened =
      shipper.ok()
          ? session::Session::open(std::move(config), {life->process, disk, life->random, *this},
                                   *this, shipper->get())
          : shipper.error();
  if (!opened.ok()) {
    // systemd starts it again; a disk that fails may work then.
    ++failed_starts;
    life.reset();
    seams.world.after(restart_pause, [weak = weak_from_this(), this_boot = boots] {
      const auto self = weak.lock();
      if (self && self->boots == this_boot && self->booted && !self->life) self->start_agent();
    });
    return;
  }
  life->shipper = std::move(*shipper);
  life->session = std::move(*opened);
  const auto ends = seams.switchboard.plug_in(vm, key, seams.coordinators,
                                              [weak = weak_from_this()](std::size_t index) {
                                                if (const auto self = weak.lock())
                                                  self->connected(index);
                                              });
  for (std::size_t i = 0; i < ends.size(); ++i) {
    life->links.push_back(std::make_unique<ProcessLink>(*ends[i].fleet, life->process));
    life->links.push_back(std::make_unique<ProcessLink>(*ends[i].enroll, life->process));
    life->session->add_coordinator("coordinator-" + std::to_string(i), *life->links[2 * i],
                                   life->links[2 * i + 1].get());
  }
  life->session->on_drain_change([this](session::DrainState state) {
    drain_changes.push_back(state);
    drained = state != session::DrainState::serving;
  });
  drained = life->session->drain_state() != session::DrainState::serving;
  life->shipper->start();
  life->session->start();
}

// A stopped process hears of it when it goes on.
void Box::State::connected(std::size_t index) {
  if (!life) return;
  if (!life->process.stopped()) return life->session->connected(index);
  life->process.post([this, index] { life->session->connected(index); });
}

void Box::State::stop_agent() {
  if (!life) return;
  lost_before = life->shipper->totals().lines_lost;
  seams.switchboard.unplug(vm.id);
  life->process.kill();
  life->session.reset();
  life->shipper.reset();
  life.reset();
}

void Box::State::fill(wire::Sample& sample) {
  const auto whole = [](double value) { return static_cast<std::uint64_t>(value); };
  sample.uptime_ms = whole(millis(seams.world.clock().mono() - up_since));
  sample.ready = !fails_check() && !broken;
  if (fails_check()) sample.failing.emplace_back("disk");
  if (broken) sample.failing.emplace_back("edge");
  if (!sample.failing.empty()) ail();
  sample.cpus = cpus;
  sample.cpu_busy_ms = whole(cpu_ms * lies.counter_factor);
  sample.net_tx_bytes = whole(counted) * bytes_per_request;
  sample.disk_busy_ms = 0;
  sample.connections = static_cast<std::uint32_t>(connections);
  sample.requests = sample.stub_requests = whole(counted);
  sample.status_classes = {0, whole(counted), 0, 0, whole(errors)};
}

void Box::State::run(const std::vector<std::string>& argv, Duration /*limit*/,
                     std::function<void(Status)> done) {
  const std::string what = argv.front();
  life->process.after(hook_time, [this, what, done = std::move(done)] {
    if (what == "reopen") nginx.reopen();
    if (what == "close") {
      nginx.close_listener();
      closed = true;
    }
    if (what == "open") {
      nginx.open_listener();
      closed = false;
    }
    done({});
  });
}

void Box::State::probe(std::uint64_t /*device*/, std::uint64_t inode,
                       std::function<void(logs::Holders)> done) {
  life->process.after(hook_time, [this, inode, done = std::move(done)] {
    done(nginx.holds(inode) ? logs::Holders::some : logs::Holders::none);
  });
}

void Box::State::put(logs::PutRequest request, std::function<void(Result<int>)> done) {
  const std::weak_ptr<State> weak = weak_from_this();
  seams.archive.put({request.url, std::move(request.headers)}, std::move(request.body),
                    [weak, asking = lives, done = std::move(done)](Result<int> status) {
                      const auto self = weak.lock();
                      // Of this life: another one has asked nothing yet.
                      if (!self || !self->life || self->lives != asking) return;
                      self->life->process.post([done, status] { done(status); });
                    });
}

}  // namespace edgeherd::sim
