// Box: one simulated server: its power, its disk, its nginx, and the real agent cores on it:
// session, commands and log shipping.
//
// The disk lives as long as the server; the agent's processes come and go, and find there what they
// left. Thread: the loop's. Owner: the world; what it is given outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/session/session.h"
#include "common/archive/sim_archive.h"
#include "common/core/ids.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/model/vm.h"
#include "coordinator/sim/world/nginx.h"
#include "coordinator/sim/world/scenario.h"
#include "coordinator/sim/world/switchboard.h"

namespace edgeherd::sim {

struct BoxSeams {
  SimLoop& world;
  Switchboard& switchboard;
  archive::SimArchive& archive;
  const Scenario& scenario;
  std::size_t coordinators = 1;
};

// What its image and its luck make of it.
struct BoxNature {
  Duration boot{};
  bool dead = false;   // never says a word
  bool stuck = false;  // its agent speaks, and its nginx never answers
  std::string image_version = "v1";
};

// What a faulty agent says beside the truth.
struct BoxLies {
  double counter_factor = 1;  // 0: they stand still
  bool fails_check = false;
  bool flaps = false;  // its check fails every other while
};

class Box {
 public:
  Box(BoxSeams seams, model::Vm vm, const std::string& user_data, BoxNature nature,
      SimRandom random);
  ~Box();
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;

  // -- power
  void switch_on(Duration boot);  // again: what was not synced is lost
  void switch_off();

  // -- the agent's process
  void kill_agent(Duration until_restart);
  void hang_agent(bool hanging);
  void set_agent_clock(Duration offset);
  void reset_counters();
  BoxLies& lies();

  // -- nginx, as viewers and probes see it
  void break_edge(bool broken);
  [[nodiscard]] bool answers_viewers() const;
  // Answers so many requests over one second, `errors` of them with an error; gives how many were
  // too many for it.
  double serve(double requests, double errors);
  // Nobody has asked it anything since the last call of this.
  [[nodiscard]] bool idle_this_second();
  enum class Page { edge, ready, alive };
  // The HTTP status of a probe; 0: no answer.
  [[nodiscard]] int probe(Page page) const;
  [[nodiscard]] const std::string& probe_token() const;

  [[nodiscard]] SimFileSystem& disk();
  [[nodiscard]] const model::Vm& vm() const;
  [[nodiscard]] const Nginx& nginx() const;
  [[nodiscard]] bool up() const;  // booted, and powered
  [[nodiscard]] double connections() const;
  [[nodiscard]] const std::string& image_version() const;
  // Since when it is not as it should be; nothing when it is. Looked at each second.
  void look();
  [[nodiscard]] std::optional<MonoTime> trouble_since() const;
  // The last time that a coordinator could see something wrong with it.
  void seen_ailing();
  [[nodiscard]] std::optional<MonoTime> seen_ailing_at() const;
  // Its counters were not the truth at some time.
  [[nodiscard]] bool has_lied() const;
  // Of the newest command: which levels its agent was told.
  [[nodiscard]] bool told_to_drain() const;
  [[nodiscard]] bool told_to_close() const;
  // What its agents made of their drain state on command, in order.
  [[nodiscard]] const std::vector<session::DrainState>& drain_changes() const;
  [[nodiscard]] const AgentKey& key() const;
  // Lines that lie on its disk: the access log, the spool's raw files and objects.
  [[nodiscard]] std::set<std::uint64_t> lines_on_disk();
  [[nodiscard]] std::uint64_t lines_given_up() const;  // as its agent counts them
  // Times that an agent could not start, for a damaged file.
  [[nodiscard]] int failed_starts() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::sim
