// What a Box is made of. Private to box*.cc.
#pragma once

#include <map>
#include <optional>

#include "agent/logs/shipper.h"
#include "agent/session/session.h"
#include "common/sim/sim_worker.h"
#include "coordinator/sim/world/box.h"

namespace edgeherd::sim {

// A link whose agent may be stopped: what comes meanwhile is heard when it goes on.
class ProcessLink final : public MessageLink {
 public:
  ProcessLink(MessageLink& outer, SimProcessLoop& process) : outer_(outer), process_(process) {}
  Status send(std::string_view message) override { return outer_.send(message); }
  void hurry() override { outer_.hurry(); }
  void on_message(std::function<void(std::string_view)> handler) override;

 private:
  MessageLink& outer_;
  SimProcessLoop& process_;
};

struct Box::State final : std::enable_shared_from_this<Box::State>,
                          session::SampleSource,
                          logs::HookRunner,
                          logs::HolderProbe,
                          logs::Uploader {
  State(BoxSeams s, model::Vm v, const std::string& user_data, BoxNature n, SimRandom r);

  // One life of the agent's process; destroyed, it is as dead as after SIGKILL.
  struct Life {
    Life(SimLoop& world, SimRandom r) : process(world), worker(process, 20ms), random(r) {}
    SimProcessLoop process;
    SimWorker worker;
    SimRandom random;
    std::vector<std::unique_ptr<ProcessLink>> links;
    std::unique_ptr<logs::Shipper> shipper;
    std::unique_ptr<session::Session> session;
  };

  // box.cc
  void come_up();
  void ail() { ailing_at = seams.world.clock().mono(); }
  [[nodiscard]] bool fails_check() const;
  [[nodiscard]] bool agent_alive() const { return life && !life->process.stopped(); }

  // box_agent.cc
  void start_agent();
  void stop_agent();
  void connected(std::size_t coordinator);
  void fill(wire::Sample& sample) override;
  [[nodiscard]] const SparseSketch& latency() const override { return latencies; }
  void run(const std::vector<std::string>& argv, Duration limit,
           std::function<void(Status)> done) override;
  void probe(std::uint64_t device, std::uint64_t inode,
             std::function<void(logs::Holders)> done) override;
  void put(logs::PutRequest request, std::function<void(Result<int>)> done) override;

  BoxSeams seams;
  model::Vm vm;
  BoxNature nature;
  SimRandom random;
  NodeId node;
  std::string enrolment_token;
  std::string probe_token;
  AgentKey key;

  SimFileSystem disk;
  Nginx nginx;
  bool powered = true;
  bool booted = false;
  bool broken = false;
  std::uint64_t boots = 0;
  std::unique_ptr<Life> life;
  std::uint64_t lives = 0;
  Duration agent_clock{};
  BoxLies lies;
  std::optional<MonoTime> ailing_at;
  std::optional<MonoTime> trouble_since;
  bool has_lied = false;
  int failed_starts = 0;
  std::uint64_t lost_before = 0;
  std::vector<session::DrainState> drain_changes;
  bool drained = false;
  bool closed = false;

  // Counters since the boot.
  MonoTime up_since{};
  double requests = 0;
  double counted = 0;  // as the agent counts them
  double errors = 0;
  double cpu_ms = 0;
  double line_share = 0;
  bool served = false;  // this second
  double connections = 0;
  SparseSketch latencies;
};

}  // namespace edgeherd::sim
