#include "coordinator/sim/run/generate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/sim/sim_random.h"

namespace edgeherd::sim {

namespace {

constexpr double target = 0.70;                   // of a server's capacity, the policy's default
constexpr double share_with_faults = 0.9;         // of the time
constexpr Duration to_converge = 75min;           // at most; a run ends when all is as it should be
constexpr double faults_per_hour = 18;            // at the strongest
constexpr std::uint64_t small_seeds = 1'000'000;  // so that they are worlds of their own
constexpr Duration small_time = 25min;
constexpr int small_nodes = 14;
constexpr double share_with_placements = 0.3;
constexpr double share_with_names = 0.5;  // that regions and servers have, too
constexpr std::uint64_t most_stock_outs = 4;
constexpr double small_faults_per_hour = 60;
constexpr std::array<const char*, 3> providers = {"ocean", "amazon", "third"};
constexpr std::array<const char*, 6> regions = {"lon", "fra", "nyc", "sgp", "syd", "sao"};

template <class Values>
auto one_of(SimRandom& random, const Values& values) {
  return values[random.below(std::size(values))];
}

double between(SimRandom& random, double least, double most) {
  return least + random.unit() * (most - least);
}

Duration between(SimRandom& random, Duration least, Duration most) {
  return from_seconds(between(random, seconds(least), seconds(most)));
}

void add_zones(SimRandom& random, const Size& size, Scenario& scenario) {
  const std::size_t accounts = 1 + random.below(providers.size());
  const std::size_t zones = std::max<std::size_t>(1, 1 + random.below(6));
  int most = 0;
  for (std::size_t i = 0; i < zones; ++i) {
    ZoneScenario zone;
    zone.provider = ProviderId(providers[i % accounts]);
    zone.region = RegionId(regions[i % regions.size()]);
    zone.id = ZoneId(zone.provider.str() + "/" + zone.region.str() + std::to_string(i + 1));
    const double nodes = size.nodes / static_cast<double>(zones);
    zone.mean_rps = nodes * scenario.node_rps * target;
    zone.min_servers = std::max(1, static_cast<int>(nodes * between(random, 0.1, 0.6)));
    zone.max_servers =
        std::max(zone.min_servers + 1, static_cast<int>(nodes * between(random, 1.2, 3.0)));
    zone.daily_swing = between(random, 0, 0.7);
    zone.peak_at = between(random, 0h, 24h);
    zone.noise = between(random, 0, 0.15);
    most += zone.max_servers;
    scenario.zones.push_back(std::move(zone));
  }
  // A large fleet may grow to all of its zones' maxima.
  scenario.fleet_ceiling = std::max(scenario.fleet_ceiling, most);
}

// Long troubles are rarer than short ones: minutes, up to a good part of an hour.
Duration duration_of_fault(SimRandom& random) {
  return from_seconds(std::exp(between(random, std::log(5.0), std::log(1500.0))));
}

Scope scope_of_fault(SimRandom& random) {
  static constexpr std::array<Scope, 8> weighted = {Scope::node, Scope::node,    Scope::node,
                                                    Scope::zone, Scope::account, Scope::half,
                                                    Scope::half, Scope::all};
  return one_of(random, weighted);
}

// Each world has a few kinds of trouble only, so that they meet in ever other company.
std::vector<FaultKind> kinds_of(SimRandom& random) {
  static const std::vector<FaultKind> all = [] {
    std::vector<FaultKind> drawn;
    for (const FaultKind kind : all_fault_kinds()) {
      if (is_drawn(kind)) drawn.push_back(kind);
    }
    return drawn;
  }();
  const std::size_t count = 2 + random.below(12);
  std::vector<FaultKind> kinds;
  for (std::size_t i = 0; i < count; ++i) kinds.push_back(one_of(random, all));
  return kinds;
}

// What a part of some kinds are instead, by the highest bits of `pick`: nothing more is drawn.
void vary(Fault& fault) {
  using enum FaultKind;
  const bool half = fault.pick >> 63 != 0;
  const bool quarter = fault.pick >> 62 == 3;
  if (fault.kind == boot_dead && half) fault.kind = boot_stuck;
  if (fault.kind == op_shadow && quarter) fault.kind = op_shadow_fleet;
  if ((fault.kind == agent_clock || fault.kind == brain_clock) && half) fault.strength *= -1;
  // Of minutes before; or of any time since the world began, up to a day.
  if (fault.kind == store_restored && half) {
    fault.strength *= std::min(1.0, seconds(fault.at) / seconds(24h));
  } else if (fault.kind == store_restored) {
    fault.strength = seconds(fault.lasts) / seconds(24h);
  }
}

void add_faults(SimRandom& random, double per_hour, const std::vector<FaultKind>& kinds,
                Scenario& scenario) {
  const double hours = seconds(scenario.length) / 3600;
  const auto most = static_cast<std::uint64_t>(std::ceil(per_hour * hours));
  const std::uint64_t count = 1 + random.below(most);
  for (std::uint64_t i = 0; i < count; ++i) {
    Fault fault;
    fault.kind = one_of(random, kinds);
    fault.at = between(random, 0min, scenario.length);
    fault.lasts = duration_of_fault(random);
    fault.strength = random.unit();
    fault.pick = random.u64();
    fault.scope = scope_of_fault(random);
    vary(fault);
    scenario.faults.push_back(fault);
  }
  std::stable_sort(scenario.faults.begin(), scenario.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
}

// Fall-back sizes, zones of one region, a budget, and clouds that have none left. Drawn last: what
// was drawn before is as it was without them.
void add_placements(SimRandom& random, Scenario& scenario) {
  const std::size_t names = 1 + random.below(2);
  double least = 0;
  double usual = 0;
  for (std::size_t i = 0; i < scenario.zones.size(); ++i) {
    ZoneScenario& zone = scenario.zones[i];
    zone.region = RegionId(regions[i % names]);
    zone.fallbacks = static_cast<int>(random.below(3));
    least += zone.min_servers * size_price(zone.fallbacks);
    usual += zone.mean_rps / (scenario.node_rps * target) * first_price;
  }
  if (random.chance(0.5)) {
    scenario.hourly_budget = std::max(1.2 * least, usual * between(random, 0.9, 2));
  }
  for (std::uint64_t i = 1 + random.below(most_stock_outs); i > 0; --i) {
    Fault fault;
    fault.kind = FaultKind::cloud_out_of_stock;
    fault.at = between(random, 0min, scenario.length);
    fault.lasts = duration_of_fault(random);
    fault.strength = random.unit();
    fault.pick = random.u64();
    scenario.faults.push_back(fault);
  }
  std::stable_sort(scenario.faults.begin(), scenario.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
}

// Drawn last, like these.
void add_names(SimRandom& random, Scenario& scenario) {
  if (!random.chance(share_with_names)) return;
  for (ZoneScenario& zone : scenario.zones) {
    if (random.chance(0.75)) zone.names = ZoneNames::all;
  }
}

// Drawn last, like these.
void add_quiet_period(SimRandom& random, Scenario& scenario) {
  static constexpr std::array<Duration, 4> periods = {3s, 5s, 60s, 60s};
  scenario.names_quiet = one_of(random, periods);
}

}  // namespace

Scenario generate(std::uint64_t seed, const Size& size) {
  SimRandom random(seed);
  Scenario scenario;
  scenario.seed = seed;
  scenario.length = from_seconds(seconds(size.time) * share_with_faults);
  scenario.convergence = to_converge;
  static constexpr std::array<Duration, 6> periods = {1s, 2s, 5s, 5s, 10s, 10s};
  static constexpr std::array<Duration, 3> heartbeats = {5s, 10s, 30s};
  scenario.sample_period = one_of(random, periods);
  scenario.heartbeat = one_of(random, heartbeats);
  scenario.message_delay = between(random, 1ms, 200ms);
  scenario.least_boot = between(random, 10s, 40s);
  scenario.most_boot = scenario.least_boot + between(random, 5s, 80s);
  scenario.rotate_age = between(random, 20min, 2h);
  scenario.lines_per_request = between(random, 0.0001, 0.002);
  add_zones(random, size, scenario);
  add_faults(random, faults_per_hour, kinds_of(random), scenario);
  if (random.chance(share_with_placements)) add_placements(random, scenario);
  add_names(random, scenario);
  add_quiet_period(random, scenario);
  return scenario;
}

namespace {

Scenario small_fleet(std::uint64_t seed) {
  Scenario scenario = generate(seed + small_seeds, {small_time, small_nodes});
  scenario.faults.clear();
  scenario.most_boot = std::min<Duration>(scenario.most_boot, 45s);
  return scenario;
}

}  // namespace

Scenario generate_small(std::uint64_t seed) {
  SimRandom random(seed + small_seeds);
  Scenario scenario = small_fleet(seed);
  add_faults(random, small_faults_per_hour, kinds_of(random), scenario);
  return scenario;
}

Scenario generate_small(std::uint64_t seed, const std::vector<FaultKind>& kinds) {
  SimRandom random(seed + small_seeds);
  Scenario scenario = small_fleet(seed);
  add_faults(random, small_faults_per_hour, kinds, scenario);
  return scenario;
}

}  // namespace edgeherd::sim
