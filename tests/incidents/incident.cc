#include "tests/incidents/incident.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "common/core/protection.h"
#include "common/telemetry/log.h"
#include "coordinator/sim/check/referee.h"

namespace edgeherd::incidents {

namespace {

#if defined(EDGEHERD_MUTANTS)

// Off while it lives.
class Without {
 public:
  explicit Without(const std::vector<std::string>& protections) {
    for (const std::string& name : protections) {
      INFO("protection " << name);
      REQUIRE(Protection::switch_off(name) == Protection::Found::yes);
    }
  }
  Without(const Without&) = delete;
  Without& operator=(const Without&) = delete;
  ~Without() { Protection::switch_on_all(); }
};

std::vector<std::string> all_but_first(const std::vector<std::string>& protections) {
  return {protections.begin() + 1, protections.end()};
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void keep_proof(const std::vector<std::string>& protections) {
  const char* path = std::getenv("EDGEHERD_PROOFS");
  if (path == nullptr) return;
  std::ofstream file(path, std::ios::app);
  for (const std::string& name : protections) file << name << ' ';
  file << '\n';
  REQUIRE(file.flush());
}

#endif

}  // namespace

sim::Scenario ten_servers() {
  sim::Scenario scenario;
  scenario.seed = 1;
  scenario.length = 1h;
  scenario.convergence = 1h;
  scenario.most_boot = 30s;
  sim::ZoneScenario zone;
  zone.id = lon;
  zone.provider = ProviderId("ocean");
  zone.region = RegionId("lon");
  zone.min_servers = 4;
  zone.max_servers = 20;
  zone.mean_rps = 670;
  zone.daily_swing = 0;
  zone.noise = 0.01;
  scenario.zones.push_back(std::move(zone));
  return scenario;
}

class Incident::Judge final : public sim::Watcher {
 public:
  explicit Judge(const std::vector<Demand>& demands) : demands_(demands) {}

  void second(World& world) override {
    const auto now = std::chrono::floor<std::chrono::seconds>(world.elapsed());
    for (const Demand& demand : demands_) {
      const bool asked =
          !demand.when || std::chrono::floor<std::chrono::seconds>(*demand.when) == now;
      const bool wanted = demand.when.has_value();
      if (asked && demand.is_so(world) != wanted) world.violated("incident", demand.what);
    }
  }

 private:
  const std::vector<Demand>& demands_;
};

Incident& Incident::fault(Fault fault) {
  scenario_.faults.push_back(fault);
  std::stable_sort(scenario_.faults.begin(), scenario_.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return *this;
}

Incident& Incident::at(Duration when, std::function<void(World&)> happens) {
  steps_.push_back({when, std::move(happens)});
  return *this;
}

Incident& Incident::never(std::string what, std::function<bool(World&)> is_so) {
  demands_.push_back({std::nullopt, std::move(what), std::move(is_so)});
  return *this;
}

Incident& Incident::by(Duration when, std::string what, std::function<bool(World&)> is_so) {
  demands_.push_back({when, std::move(what), std::move(is_so)});
  return *this;
}

Incident& Incident::watched_by(MakeWatcher make) {
  watchers_.push_back(std::move(make));
  return *this;
}

std::string Incident::broken_promise() const {
  (void)telemetry::setup_log({telemetry::Level::error, ""});
  World world(scenario_);
  if (std::getenv("EDGEHERD_DIARY") != nullptr) {
    world.diary.on_line([](const std::string& line) { std::printf("%s\n", line.c_str()); });
  }
  sim::Referee referee(world);
  Judge judge(demands_);
  world.watch(referee);
  world.watch(judge);
  std::vector<std::unique_ptr<sim::Watcher>> own;
  for (const MakeWatcher& make : watchers_) {
    own.push_back(make());
    world.watch(*own.back());
  }
  const MonoTime start = world.loop.clock().mono();
  for (const Step& step : steps_) {
    world.loop.at(start + step.when, [&world, &step] { step.happens(world); });
  }
  world.run();
  return world.violation() ? world.violation()->promise + ": " + world.violation()->text : "";
}

void prove(const Incident& incident, [[maybe_unused]] const std::vector<std::string>& protections,
           [[maybe_unused]] const std::string& promise) {
  REQUIRE(incident.broken_promise() == "");
#if defined(EDGEHERD_MUTANTS)
  if (protections.size() == 2) {
    const Without without(all_but_first(protections));
    INFO("without " << list_of(all_but_first(protections)));
    REQUIRE(incident.broken_promise() == "");
  }
  const Without without(protections);
  const std::string broken = incident.broken_promise();
  INFO("without " << list_of(protections) << ": " << (broken.empty() ? "all holds" : broken));
  REQUIRE(broken.starts_with(promise + ":"));
  keep_proof(protections);
#endif
}

void prove(const std::function<bool()>& holds,
           [[maybe_unused]] const std::vector<std::string>& protections) {
  REQUIRE(holds());
#if defined(EDGEHERD_MUTANTS)
  if (protections.size() == 2) {
    const Without without(all_but_first(protections));
    INFO("without " << list_of(all_but_first(protections)));
    REQUIRE(holds());
  }
  const Without without(protections);
  INFO("without " << list_of(protections));
  REQUIRE_FALSE(holds());
  keep_proof(protections);
#endif
}

int count(World& world, model::NodeState state) {
  const act::Controller* controller = world.controller();
  if (controller == nullptr) return 0;
  const auto& nodes = controller->fleet().nodes();
  return static_cast<int>(std::count_if(
      nodes.begin(), nodes.end(), [&](const auto& entry) { return entry.second.state == state; }));
}

Box* box(World& world, std::size_t nth) {
  const auto& boxes = world.yard.all();
  if (nth >= boxes.size()) return nullptr;
  return std::next(boxes.begin(), static_cast<std::ptrdiff_t>(nth))->second.get();
}

const model::Node* node(World& world, std::size_t nth) {
  const act::Controller* controller = world.controller();
  const Box* server = box(world, nth);
  return controller != nullptr && server != nullptr ? controller->fleet().node(server->vm().node)
                                                    : nullptr;
}

}  // namespace edgeherd::incidents
