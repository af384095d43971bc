// Brain: one coordinator process of a simulated world: the real gateway core, desk, controller and
// prober over the world's seams. It is started from what its store holds, and dies as by SIGKILL.
//
// Thread: the loop's. Owner: the world; what it is given outlives it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/archive/sim_archive.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/act/controller.h"
#include "coordinator/sim/front/front.h"
#include "coordinator/sim/sim_dns.h"
#include "coordinator/sim/sim_provider.h"
#include "coordinator/sim/sim_state_store.h"
#include "coordinator/sim/world/deed.h"
#include "coordinator/sim/world/switchboard.h"
#include "coordinator/sim/world/watcher.h"
#include "coordinator/sim/world/yard.h"

namespace edgeherd::sim {

struct BrainSeams {
  SimLoop& world;
  Switchboard& switchboard;
  Yard& yard;
  std::map<ProviderId, std::unique_ptr<SimProvider>>& clouds;
  std::map<ProviderId, std::unique_ptr<Front>>& fronts;  // before some of them
  SimDns& dns;
  archive::SimArchive& archive;
  SimHistory& history;
  act::Notifier& notifier;
};

class Brain {
 public:
  // `index`: which of the coordinators that agents know it is.
  Brain(BrainSeams seams, std::size_t index, std::size_t coordinators, SimRandom random);
  ~Brain();
  Brain(const Brain&) = delete;
  Brain& operator=(const Brain&) = delete;

  // Starts a process. The error says why it cannot (a row that cannot be read); then none runs.
  Status start(model::Policy policy);
  // Commits that were not answered are kept or lost.
  void crash();
  // The same, and its host starts again: the next process is one of another boot.
  void reboot_host();
  void hang(bool hanging);
  [[nodiscard]] bool alive() const;
  [[nodiscard]] bool hanging() const;
  [[nodiscard]] std::optional<MonoTime> died_at() const;  // the last time
  // What its next processes, and the present one, see on their wall clocks.
  void set_clock(Duration offset);

  [[nodiscard]] act::Controller& controller();
  [[nodiscard]] SimStateStore& store();
  // After each tick of each of its processes.
  void on_tick(std::function<void()> listener);
  // Of a process that could not make its epoch durable: it does nothing, and wants to be started
  // again.
  void on_start_failed(std::function<void()> listener);
  // Of a process that died at a deed, from within its last turn: it is to be buried by crash(),
  // from another one.
  void on_struck(std::function<void()> listener);
  // Before what it does outside.
  struct Taps {
    std::function<Stroke(const Deed&)> striking;  // asked first: what it says happens
    std::function<void(const AgentKey&, const wire::Message&)> sending;
    std::function<void(const AgentKey&)> admitting;
    std::function<void(const CloudCall&)> calling;
    std::function<void(const std::vector<act::NameSet>&)> naming;
  };
  void tap(Taps taps);
  [[nodiscard]] std::uint64_t starts() const;

 private:
  struct Process;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace edgeherd::sim
