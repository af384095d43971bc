// NodeView: all that the health page shows, put together by the app once per sample.
//
// Thread: a value type, made and read on the loop's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/collect/reading.h"
#include "agent/health/checks.h"
#include "agent/web/history.h"
#include "common/core/clock.h"
#include "common/sketch/latency_sketch.h"

namespace edgeherd::agent {

// The logs on their way to the archive.
struct Shipping {
  std::uint64_t spool_segments = 0;
  std::uint64_t spool_bytes = 0;
  std::uint64_t stored_segments_total = 0;
  std::uint64_t stored_lines_total = 0;
  std::uint64_t lines_lost_total = 0;
  std::uint64_t rotations_total = 0;
  std::uint64_t upload_failures_total = 0;
  std::string trouble;  // empty when the last step went well
};

struct CoordinatorLine {
  std::string name;
  std::string phase;                   // "enrolling", "greeting", "ready"
  std::optional<Duration> last_heard;  // ago
  std::uint64_t samples_sent_total = 0;
  std::uint64_t messages_dropped_total = 0;
  std::uint64_t messages_refused_total = 0;
  std::string refusal;  // why it does not let us in; empty when it does
};

// Where the cloud's metadata service says that this server is.
struct CloudPlace {
  std::string provider;
  std::string region;
  std::string zone;
  std::string instance_id;
};

struct NodeView {
  std::string node;
  std::string zone;  // empty until a coordinator has said it
  std::string agent_version;
  std::string image_version;
  std::string config_digest;
  std::optional<CloudPlace> cloud;  // absent when no such service is asked
  std::string state = "serving";    // "serving", "draining", "closed"; "waiting" for metadata
  std::string waiting_for;          // in the state "waiting": for what, and what went wrong so far
  MonoTime started{};
  MonoTime now{};  // when this view was made
  Health health;
  Reading reading;
  std::optional<MonoTime> log_read_at;  // when the access log was last read
  std::string log_trouble;              // why it cannot be read, or written; empty when it can
  std::optional<SparseSketch> latency;  // cumulative; absent without an access log
  std::optional<Shipping> shipping;     // absent when no logs are shipped
  std::vector<CoordinatorLine> coordinators;
  History history;

  // Ready for traffic: the checks alone, and nobody asked the node to drain.
  [[nodiscard]] bool ready() const { return health.ready && state == "serving"; }
};

// Where the page finds the newest view. It outlives the page.
class NodeViewSource {
 public:
  virtual ~NodeViewSource() = default;
  [[nodiscard]] virtual const NodeView& view() const = 0;
  // Changes whenever view() does.
  [[nodiscard]] virtual std::uint64_t revision() const = 0;
};

}  // namespace edgeherd::agent
