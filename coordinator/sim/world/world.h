// World: a whole simulated fleet: clouds, servers with real agents, viewers, names, archive,
// coordinators, the people who operate them, and the faults of one scenario.
//
// run() plays it; watchers say what is wrong. Everything is a function of the scenario. Thread:
// one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/archive/sim_archive.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/model/policy.h"
#include "coordinator/sim/front/front.h"
#include "coordinator/sim/sim_dns.h"
#include "coordinator/sim/sim_provider.h"
#include "coordinator/sim/sim_state_store.h"
#include "coordinator/sim/world/brain.h"
#include "coordinator/sim/world/diary.h"
#include "coordinator/sim/world/scenario.h"
#include "coordinator/sim/world/switchboard.h"
#include "coordinator/sim/world/viewers.h"
#include "coordinator/sim/world/watcher.h"
#include "coordinator/sim/world/yard.h"

namespace edgeherd::sim {

// The configuration that a scenario's fleet is run with.
[[nodiscard]] model::Policy policy_of(const Scenario& scenario);

// How new servers boot from now on.
struct BootWeather {
  double slow = 0;  // share of ten times as long
  double dead = 0;  // probability
  double stuck = 0;
  double wrong_image = 0;
};

class Faults;
class Staff;

class World {
 public:
  explicit World(Scenario scenario);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // They outlive the run.
  void watch(Watcher& watcher) { watchers_.push_back(&watcher); }
  // Plays the scenario to its end, or to the first violation.
  void run();

  // Asked before each deed of a coordinator whether it dies there; one that does is started again
  // after a few seconds.
  void strike_with(std::function<Stroke(std::size_t brain, const Deed&)> strike) {
    strike_ = std::move(strike);
  }
  // Earlier than the scenario says: everything that it set out to do is done.
  void end_faults();

  // A watcher's word. The first one ends the run.
  void violated(std::string promise, std::string text);
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  // Set by the watcher that knows: all has been as it should be since then (as elapsed()), and the
  // run may end early.
  void settled(Duration since) { settled_since_ = since; }
  // From the end of the faults on; nothing: it never was.
  [[nodiscard]] std::optional<Duration> settled_after() const;

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] Duration elapsed() const { return diary.elapsed(); }
  [[nodiscard]] bool faults_over() const { return faults_over_; }
  // The coordinator in charge; null while its process is dead or hangs.
  [[nodiscard]] act::Controller* controller();
  // Its policy: what the configuration says now.
  model::Policy policy;
  void reload();
  // The operator's pause of the first coordinator: it holds from the answer on until somebody asks
  // for its end, whatever becomes of the process and its database.
  void pause(act::Controller& controller);
  void resume(act::Controller& controller);
  [[nodiscard]] bool is_paused() const { return paused_; }
  // Two coordinators act on the fleet, or did until half an hour ago.
  [[nodiscard]] bool is_disputed() const;
  [[nodiscard]] ProviderId account_of(const VmId& vm) const;
  // A server's zone by its cloud and place; a zone's fall-back places are that zone's.
  [[nodiscard]] ZoneId zone_of(const model::Vm& vm) const;
  [[nodiscard]] SimProvider& cloud_of(const ZoneId& zone);
  [[nodiscard]] std::vector<Box*> boxes_of(const ZoneId& zone);
  // Simulated seconds times servers so far.
  [[nodiscard]] double node_seconds() const { return node_seconds_; }
  [[nodiscard]] std::uint64_t events() const { return loop.events_run(); }

  // (Re)starts a coordinator; what cannot be read from its store is told in the diary.
  void start_brain(std::size_t index);
  // SIGKILL, and a new process after `until`.
  void crash_brain(std::size_t index, Duration until);
  // Rows of earlier, for a restored database: the oldest that there are, if these are younger than
  // that; nothing before the first were taken.
  [[nodiscard]] std::optional<std::map<act::Table, act::StateStore::Rows>> rows_of_earlier(
      std::size_t index, Duration ago) const;

  SimLoop loop;
  SimRandom random;
  Diary diary;
  std::map<ProviderId, std::unique_ptr<SimProvider>> clouds;
  std::map<ProviderId, std::unique_ptr<Front>> fronts;  // of those with a real API
  SimDns dns;
  archive::SimArchive archive;
  SimHistory history;
  Switchboard switchboard;
  Yard yard;
  BootWeather boots;
  std::set<NodeId> given_up;                 // an operator ordered that their logs be let go
  std::set<NodeId> kept;                     // an operator protects them, and was told so
  std::map<ZoneId, int> confirmed;           // so many of its removals an operator lets go ahead
  std::optional<MonoTime> writes_allowed;    // an operator ended read-only mode, or tried to
  std::map<ZoneId, MonoTime> retried;        // an operator opened its placements
  std::map<std::string, std::string> taken;  // stored objects that somebody deleted, by key
  std::set<std::string> out_of_manifests;    // of those: their entries are gone, too
  std::map<act::NameKey, MonoTime> meddled;  // names that somebody edited by hand
  std::set<VmId> claimants;                  // whose agents claimed a higher epoch
  std::unique_ptr<Viewers> viewers;
  std::vector<std::unique_ptr<Brain>> brains;  // the second one only where a scenario has it

 private:
  void add_cloud(const ProviderId& id);
  void tap(std::size_t index);
  void started(const model::Vm& vm, const std::string& user_data, SimProvider& cloud);
  void second();
  void keep_rows();
  void look_for_dispute();
  void bury(std::size_t index);

  const Scenario scenario_;
  std::map<ZoneId, ZoneId> elsewhere_;  // fall-back places, called as zones are: whose they are
  std::vector<Watcher*> watchers_;
  std::optional<Violation> violation_;
  std::optional<MonoTime> disputed_at_;
  bool paused_ = false;
  std::uint64_t pause_orders_ = 0;
  std::optional<Duration> settled_since_;
  bool faults_over_ = false;
  std::optional<MonoTime> over_at_;
  std::function<Stroke(std::size_t, const Deed&)> strike_;
  double node_seconds_ = 0;
  std::map<Duration, std::map<act::Table, act::StateStore::Rows>> earlier_;
  std::unique_ptr<Faults> faults_;
  std::unique_ptr<Staff> staff_;
};

}  // namespace edgeherd::sim
