// Sampler: all that measures, run together: the box's collectors, stub_status and the access log.
//
// Thread: the loop's. Owner: the app; what it is given outlives it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/config.h"
#include "agent/app/recent_latency.h"
#include "agent/collect/collector.h"
#include "agent/collect/counter_rate.h"
#include "agent/collect/prober.h"
#include "agent/collect/stub_status.h"
#include "agent/logs/lost_lines.h"
#include "agent/logs/tailer.h"
#include "agent/web/node_view.h"

namespace edgeherd::agent {

class Sampler {
 public:
  Sampler(const AgentConfig& config, FileSystem& files, Prober& prober, const Clock& clock);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Measures everything once, into the view's reading, history and log members.
  void sample(MonoTime now, NodeView& view);

  // Lines that are known to be lost: those that nginx could not write, and those that were in a
  // file when somebody truncated it. Cumulative.
  [[nodiscard]] std::uint64_t lines_lost_by_nginx() const { return lost_lines_.lost(); }
  [[nodiscard]] std::uint64_t lines_truncated() const;

  // Lines that were read of the access log while it had this inode; nothing when it is not followed
  // any more.
  [[nodiscard]] std::optional<std::uint64_t> lines_of(std::uint64_t inode) const;

  // Cumulative latency counts; empty without an access log.
  [[nodiscard]] const SparseSketch& latency() const;

  // Keeps the place in the access log for the next start.
  void save();

 private:
  void read_log(MonoTime now, NodeView& view);
  [[nodiscard]] logs::DiskRoom room_for_log() const;
  [[nodiscard]] std::string trouble_of_log(logs::DiskRoom room) const;

  FileSystem& files_;
  std::string log_directory_;
  std::vector<std::unique_ptr<Collector>> collectors_;
  std::unique_ptr<StubStatusCollector> stub_status_;
  std::unique_ptr<logs::Tailer> tailer_;
  logs::LostLines lost_lines_;
  MonoTime stub_seen_{};
  bool log_seen_ = false;
  CounterRate requests_;
  CounterRate errors_;
  RecentLatency recent_;
};

}  // namespace edgeherd::agent
