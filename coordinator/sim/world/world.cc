#include "coordinator/sim/world/world.h"

#include <algorithm>
#include <cmath>

#include "common/archive/manifest.h"
#include "coordinator/sim/front/front.h"
#include "coordinator/sim/world/faults.h"
#include "coordinator/sim/world/staff.h"

namespace edgeherd::sim {

namespace {

constexpr Duration keep_rows_every = 10min;
constexpr Duration often_kept = 2h;  // older ones: one an hour
constexpr Duration rows_kept = 25h;
constexpr Duration dispute_lasts = 30min;  // to mend what two have done
constexpr double slow_boot = 10;
constexpr Duration start_again_after = 5s;

bool has_second_brain(const Scenario& scenario) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [](const Fault& fault) { return fault.kind == FaultKind::second_brain; });
}

}  // namespace

namespace {

model::Price price_of(double an_hour) {
  return {std::llround(an_hour * 1e6)};
}

// First all sizes of its own place, then those of each other one.
void add_placements(const ZoneScenario& from, model::ZonePolicy& zone) {
  std::vector<std::string> places = {zone.place};
  places.insert(places.end(), from.fallback_places.begin(), from.fallback_places.end());
  int priority = 0;
  for (const std::string& place : places) {
    for (int i = 0; i <= from.fallbacks; ++i) {
      zone.placements.push_back({place, size_name(i), zone.image, zone.image_version, priority++, 1,
                                 price_of(size_price(i))});
    }
  }
}

}  // namespace

model::Policy policy_of(const Scenario& scenario) {
  model::Policy policy;
  policy.fleet_id = simulated_fleet;
  for (const ZoneScenario& from : scenario.zones) {
    model::ZonePolicy zone;
    zone.id = from.id;
    zone.provider = from.provider;
    zone.region = from.region;
    zone.place = from.id.str().substr(from.id.str().find('/') + 1);
    zone.min_servers = from.min_servers;
    zone.max_servers = from.max_servers;
    zone.image = ImageId("image-1");
    zone.image_version = "v1";
    zone.size = size_name(0);
    zone.price = price_of(size_price(0));
    if (from.fallbacks > 0 || !from.fallback_places.empty()) add_placements(from, zone);
    zone.capacity.requests_per_s = scenario.node_rps;
    zone.dns_name = dns_name_of(from.id);
    if (from.names == ZoneNames::all) {
      zone.region_dns_name = from.region.str() + ".region.test";
      zone.node_dns_name = "{node}.node.test";
      zone.routed = {"routed.test", "edgeherd/simulated/" + from.region.str(), {}, 1};
    }
    zone.dns_ttl = dns_ttl;
    policy.zones[zone.id] = std::move(zone);
  }
  policy.timings.sample_period = scenario.sample_period;
  policy.timings.boot_time = scenario.most_boot;
  policy.timings.drain_deadline = 3min;
  policy.timings.flush_deadline = 10min;
  policy.timings.start_up = 3min;
  policy.budgets.launches = scenario.launches_per_minute;
  policy.budgets.fleet_ceiling = scenario.fleet_ceiling;
  if (scenario.hourly_budget > 0) policy.budgets.per_hour = price_of(scenario.hourly_budget);
  return policy;
}

namespace {

// A manifest without the entries that somebody took out.
std::string without(const std::set<std::string>& taken_out, const std::string& key,
                    const std::string& body) {
  if (taken_out.empty() || !key.ends_with("/manifest.json")) return body;
  auto manifest = archive::parse_manifest(body);
  if (!manifest.ok()) return body;
  std::erase_if(manifest->segments, [&](const archive::ManifestSegment& segment) {
    return taken_out.contains(segment.key);
  });
  return archive::to_json(*manifest);
}

// The regions of an account's zones, which are called as EC2 does: "eu-west-1a" is of eu-west-1.
std::vector<std::string> regions_of(const Scenario& scenario, const ProviderId& account) {
  std::set<std::string> regions;
  for (const ZoneScenario& zone : scenario.zones) {
    if (zone.provider != account) continue;
    std::vector<std::string> places = zone.fallback_places;
    places.push_back(zone.id.str().substr(zone.id.str().find('/') + 1));
    for (const std::string& place : places) regions.insert(place.substr(0, place.size() - 1));
  }
  return {regions.begin(), regions.end()};
}

}  // namespace

World::World(Scenario scenario)
    : policy(policy_of(scenario)),
      random(scenario.seed),
      diary(loop),
      dns(loop),
      archive(loop, "logs"),
      switchboard(loop, random.fork(), scenario.message_delay),
      scenario_(std::move(scenario)) {
  dns.set_quiet_period(scenario_.names_quiet);
  for (const ZoneScenario& zone : scenario_.zones) {
    add_cloud(zone.provider);
    for (const std::string& place : zone.fallback_places) {
      elsewhere_[ZoneId(zone.provider.str() + "/" + place)] = zone.id;
    }
  }
  viewers = std::make_unique<Viewers>(loop, scenario_, dns, yard, random.fork());
  viewers->on_failure([this](const ZoneId& zone, const std::string& address) {
    for (Watcher* watcher : watchers_) watcher->viewer_failed(*this, zone, address);
  });
  diary.on_note([this](const model::Note& note) {
    for (Watcher* watcher : watchers_) watcher->noted(*this, note);
  });
  const std::size_t coordinators = has_second_brain(scenario_) ? 2 : 1;
  for (std::size_t i = 0; i < coordinators; ++i) {
    brains.push_back(std::make_unique<Brain>(
        BrainSeams{loop, switchboard, yard, clouds, fronts, dns, archive, history, diary}, i,
        coordinators, random.fork()));
    tap(i);
    // As systemd would.
    brains.back()->on_start_failed(
        [this, i] { loop.post([this, i] { crash_brain(i, start_again_after); }); });
    brains.back()->on_struck([this, i] { loop.post([this, i] { bury(i); }); });
    brains.back()->on_tick([this, i] {
      for (Watcher* watcher : watchers_) watcher->ticked(*this, i);
    });
  }
  archive.alter_reads([this](const std::string& key, const std::string& body) {
    return without(out_of_manifests, key, body);
  });
  faults_ = std::make_unique<Faults>(*this);
  staff_ = std::make_unique<Staff>(*this);
}

World::~World() = default;

void World::tap(std::size_t index) {
  Brain::Taps taps;
  taps.striking = [this, index](const Deed& deed) {
    return strike_ ? strike_(index, deed) : Stroke::none;
  };
  taps.sending = [this, index](const AgentKey& to, const wire::Message& message) {
    for (Watcher* watcher : watchers_) watcher->sending(*this, index, to, message);
  };
  taps.admitting = [this, index](const AgentKey& key) {
    for (Watcher* watcher : watchers_) watcher->admitting(*this, index, key);
  };
  taps.calling = [this, index](const CloudCall& call) {
    for (Watcher* watcher : watchers_) {
      call.done ? watcher->rebooted(*this, index, call) : watcher->calling(*this, index, call);
    }
  };
  taps.naming = [this, index](const std::vector<act::NameSet>& names) {
    for (Watcher* watcher : watchers_) watcher->naming(*this, index, names);
  };
  brains[index]->tap(std::move(taps));
}

void World::add_cloud(const ProviderId& id) {
  if (clouds.contains(id)) return;
  auto& cloud = clouds[id] = std::make_unique<SimProvider>(loop, random.fork(), id.str());
  cloud->weather().recycle_address = 0.5;
  if (const auto api = scenario_.apis.find(id); api != scenario_.apis.end()) {
    if (api->second == CloudApi::digitalocean) fronts[id] = make_digitalocean_front(loop, *cloud);
    if (api->second == CloudApi::aws) {
      fronts[id] = make_ec2_front(loop, *cloud, regions_of(scenario_, id));
    }
  }
  cloud->on_started([this, at = cloud.get()](const model::Vm& vm, const std::string& user_data) {
    started(vm, user_data, *at);
  });
  cloud->on_destroy_call([this](const model::Vm& vm) {
    diary.write("destroy " + vm.id.str() + " of " + vm.node.str());
    for (Watcher* watcher : watchers_) watcher->destroying(*this, vm);
  });
  cloud->on_destroyed([this](const VmId& vm) {
    const Box* box = yard.find(vm);
    if (box == nullptr) return;  // somebody else's
    for (Watcher* watcher : watchers_) watcher->gone(*this, box->vm());
    switchboard.unplug(vm);
    yard.remove(vm);
  });
}

void World::started(const model::Vm& vm, const std::string& user_data, SimProvider& cloud) {
  const double spread = seconds(scenario_.most_boot - scenario_.least_boot);
  BoxNature nature;
  SimRandom own = random.fork();
  nature.boot = scenario_.least_boot + from_seconds(own.unit() * spread);
  if (own.chance(boots.slow)) nature.boot *= static_cast<int>(slow_boot);
  nature.dead = own.chance(boots.dead);
  if (own.chance(boots.wrong_image)) nature.image_version = "v0";
  if (boots.stuck > 0) nature.stuck = own.chance(boots.stuck);
  if (Box* known = yard.find(vm.id)) {
    diary.write("reboot " + vm.id.str());
    known->switch_on(nature.boot);
    return;
  }
  diary.write("create " + vm.id.str() + " at " + vm.address + " for " + vm.node.str());
  (void)cloud;
  yard.put(std::make_unique<Box>(BoxSeams{loop, switchboard, archive, scenario_, brains.size()}, vm,
                                 user_data, nature, own));
}

void World::run() {
  start_brain(0);
  const MonoTime start = loop.clock().mono();
  const MonoTime end = start + scenario_.length + scenario_.convergence;
  faults_->schedule();
  const TimerId in_time = loop.at(start + scenario_.length, [this] { end_faults(); });
  // Whoever ended the faults earlier has them converge from there on.
  const auto until = [&] { return over_at_ ? *over_at_ + scenario_.convergence : end; };
  while (!violation_ && !settled_since_ && loop.clock().mono() < until()) {
    second();
    loop.run_for(1s);
  }
  loop.cancel(in_time);
  for (const auto& [id, front] : fronts) {
    const Meter& meter = front->meter();
    diary.write("requests to " + id.str() + ": " + std::to_string(meter.requests()) +
                " in all, at most " + std::to_string(meter.most_in_minute()) + " in a minute and " +
                std::to_string(meter.most_in_hour()) + " in an hour, " +
                std::to_string(meter.refused()) + " refused for their rate");
  }
  for (Watcher* watcher : watchers_) {
    if (!violation_) watcher->ended(*this);
  }
}

void World::end_faults() {
  if (faults_over_) return;
  faults_over_ = true;
  over_at_ = loop.clock().mono();
  faults_->end_all();
  staff_->mend();
  diary.write("faults are over");
}

void World::second() {
  viewers->second();
  node_seconds_ += static_cast<double>(yard.all().size());
  for (const auto& [vm, box] : yard.all()) box->look();
  const auto whole = static_cast<long long>(seconds(elapsed()));
  if (whole % static_cast<long long>(seconds(keep_rows_every)) == 0) keep_rows();
  look_for_dispute();
  staff_->second();
  for (Watcher* watcher : watchers_) watcher->second(*this);
}

void World::keep_rows() {
  const Duration now = elapsed();
  const auto& tables = brains.front()->store().tables();
  // An empty one would be a lost database, and no older one.
  if (std::ranges::all_of(tables, [](const auto& table) { return table.second.empty(); })) return;
  earlier_[now] = tables;
  std::erase_if(earlier_, [&](const auto& rows) {
    const Duration age = now - rows.first;
    return age > rows_kept || (age > often_kept && rows.first % 1h >= keep_rows_every);
  });
}

std::optional<std::map<act::Table, act::StateStore::Rows>> World::rows_of_earlier(
    std::size_t /*index*/, Duration ago) const {
  if (earlier_.empty()) return std::nullopt;
  auto found = earlier_.upper_bound(std::max(Duration{}, elapsed() - ago));
  if (found != earlier_.begin()) --found;
  return found->second;
}

void World::violated(std::string promise, std::string text) {
  if (violation_) return;
  diary.write("VIOLATION of " + promise + ": " + text);
  violation_ = Violation{std::move(promise), std::move(text), elapsed()};
}

act::Controller* World::controller() {
  Brain& first = *brains.front();
  return first.alive() && !first.hanging() ? &first.controller() : nullptr;
}

void World::reload() {
  for (const auto& brain : brains) {
    if (brain->alive()) (void)brain->controller().set_policy(policy);
  }
}

std::optional<Duration> World::settled_after() const {
  if (!settled_since_ || !over_at_) return std::nullopt;
  const Duration over_since = loop.clock().mono() - *over_at_;
  return *settled_since_ - (elapsed() - over_since);
}

void World::pause(act::Controller& controller) {
  controller.pause("an exercise", [this, order = ++pause_orders_](const Status& status) {
    if (status.ok() && order == pause_orders_) paused_ = true;
  });
}

void World::resume(act::Controller& controller) {
  ++pause_orders_;
  paused_ = false;
  controller.resume([](const Status&) {});
}

bool World::is_disputed() const {
  return disputed_at_ && loop.clock().mono() - *disputed_at_ < dispute_lasts;
}

// Until the second one is taken away and the first one is in charge again.
void World::look_for_dispute() {
  if (!disputed_at_) return;
  Brain& first = *brains.front();
  const bool in_charge = !brains.back()->alive() && first.alive() &&
                         first.controller().fleet().started_at() &&
                         !first.controller().fleet().superseded();
  if (!in_charge) disputed_at_ = loop.clock().mono();
}

ProviderId World::account_of(const VmId& vm) const {
  // Behind a real API they are called as the cloud does.
  for (const auto& [id, front] : fronts) {
    if (clouds.at(id)->has_made(vm)) return id;
  }
  // Else the account's name is in front of the server's number.
  return ProviderId(vm.str().substr(0, vm.str().rfind('-')));
}

ZoneId World::zone_of(const model::Vm& vm) const {
  ZoneId of_place(account_of(vm.id).str() + "/" + vm.place);
  const auto home = elsewhere_.find(of_place);
  return home == elsewhere_.end() ? std::move(of_place) : home->second;
}

SimProvider& World::cloud_of(const ZoneId& zone) {
  return *clouds.at(policy.zones.at(zone).provider);
}

std::vector<Box*> World::boxes_of(const ZoneId& zone) {
  std::vector<Box*> found;
  for (const auto& [vm, box] : yard.all()) {
    if (zone_of(box->vm()) == zone) found.push_back(box.get());
  }
  return found;
}

void World::start_brain(std::size_t index) {
  if (brains[index]->alive()) return;
  if (index > 0) disputed_at_ = loop.clock().mono();
  diary.write("coordinator " + std::to_string(index) + " starts");
  if (const Status started = brains[index]->start(policy); !started.ok()) {
    violated("start", "the store cannot be read: " + started.error().message);
  }
}

void World::crash_brain(std::size_t index, Duration until) {
  if (!brains[index]->alive()) return;
  diary.write("coordinator " + std::to_string(index) + " is killed");
  brains[index]->crash();
  loop.after(until, [this, index] { start_brain(index); });
}

// After its last turn.
void World::bury(std::size_t index) {
  diary.write("coordinator " + std::to_string(index) + " is dead");
  brains[index]->crash();
  loop.after(start_again_after, [this, index] { start_brain(index); });
}

}  // namespace edgeherd::sim
