// What SimEdges is made of. Private to sim_edges*.cc.
#pragma once

#include <optional>

#include "coordinator/sim/sim_edges.h"

namespace edgeherd::sim {

struct SimEdges::Edge {
  NodeId node;
  VmId vm;
  std::string address;
  AgentKey key;
  MonoTime up_at{};
  bool stillborn = false;
  bool silent = false;
  bool broken = false;
  bool enrolled = false;
  bool greeted = false;  // by the present coordinator
  std::string drain_state = "serving";
  std::uint64_t highest_epoch = 0;
  std::map<ActionId, wire::CommandStatus> known;  // as its command table
  std::optional<ActionId> flushing;

  // Counters since boot.
  std::uint64_t seq = 0;
  double requests = 0;
  double cpu_busy_ms = 0;

  // The log: lines written and not yet stored, and what was stored.
  std::uint64_t lines_open = 0;
  std::uint64_t lines_closed = 0;  // of the segment being shipped
  std::uint64_t next_seq = 1;
  struct Shipped {
    std::string key;
    std::uint64_t lines = 0;
    std::string body;
  };
  std::map<std::uint64_t, Shipped> stored;
  struct Sending {
    std::uint64_t seq = 0;  // 0: the manifest
    std::string body;
    std::string key;
    MonoTime asked_at{};
    bool put = false;
  };
  std::optional<Sending> sending;
};

struct SimEdges::State : std::enable_shared_from_this<State> {
  State(SimLoop& w, SimRandom r, SimProvider& c, SimDns& d, archive::SimArchive& a)
      : world(w), random(r), cloud(c), dns(d), archive(a) {}

  SimLoop& world;
  SimRandom random;
  SimProvider& cloud;
  SimDns& dns;
  archive::SimArchive& archive;
  act::Controller* controller = nullptr;
  std::uint64_t attachment = 0;
  EdgeHabits habits;
  std::map<VmId, Edge> edges;
  std::map<std::string, double> load;
  std::set<AgentKey> admitted;
  std::uint64_t lines_written = 0;
  std::uint64_t lines_archived = 0;
  double failed = 0;
  std::map<std::string, int> ran;

  void start(const model::Vm& vm);
  void every_second();
  void serve();
  void live(Edge& edge);
  void sample(const Edge& edge);
  void probe(const model::Node& node);
  [[nodiscard]] bool up(const Edge& edge) const;
  // Runs `say` at the present coordinator after the way there, if it is there and the key admitted.
  void tell(const Edge& edge, std::function<void(act::Controller&, const NodeId&)> say);

  // sim_edges_agent.cc
  void obey(Edge& edge, const wire::Command& command);
  void answer(Edge& edge, const wire::CommandStatus& status);
  void ship(Edge& edge);
  void ask_upload(Edge& edge);
  void granted(Edge& edge, const wire::UploadGrant& grant);
  void judged(Edge& edge, const wire::UploadVerdict& verdict);
  [[nodiscard]] std::string manifest_of(const Edge& edge) const;
};

}  // namespace edgeherd::sim
