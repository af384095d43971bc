// Session: what the agent says to its coordinators and does for them. No socket, file, clock or
// entropy but through the seams, so that the simulator runs this very code.
//
// To each coordinator: ENROLL until accepted, HELLO until answered and again after silence, then a
// SAMPLE at once and each interval, and heartbeats. Commands are obeyed from the highest epoch
// seen, once each. Without any coordinator it goes on for any length of time. Thread: the loop's.
// Owner: the app; links, source and shipper outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/logs/seams.h"
#include "agent/logs/shipper.h"
#include "common/core/event_loop.h"
#include "common/core/file_system.h"
#include "common/core/ids.h"
#include "common/core/message_link.h"
#include "common/core/random.h"
#include "common/sketch/latency_sketch.h"
#include "common/wire/messages.h"

namespace edgeherd::session {

enum class DrainState { serving, draining, closed };
[[nodiscard]] std::string_view to_string(DrainState state);

struct SessionConfig {
  NodeId node;
  std::string enrolment_token;  // from the user data; empty: enrolled by other means
  std::string vm_id;
  std::string boot_id;  // made by the app at each start
  std::string agent_version;
  std::string image_version;
  std::string config_digest;
  std::string state_directory;  // exists; holds session.state and commands.journal
  // Of our key; bound to what was enrolled, so that a new key enrols anew.
  std::string public_key;
  Duration sample_interval = 1s;  // until a HELLO_REPLY says otherwise
  Duration heartbeat = 5s;
  Duration silence = 15s;                        // a coordinator silent for so long is greeted anew
  Duration retry_least = 1s;                     // of ENROLL and HELLO, growing with jitter ...
  Duration retry_most = 30s;                     // ... to this
  std::vector<std::string> close_listener_hook;  // empty: the command fails and says so
  std::vector<std::string> open_listener_hook;
  Duration hook_limit = 30s;
};

// Who knows the measurements: the app.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  // Fills all but boot_id, seq, latency, log_lines_lost and spool_*. `ready` and `failing` come
  // from the checks alone; the session takes the drain state into account.
  virtual void fill(wire::Sample& sample) = 0;
  // Cumulative since boot_id.
  [[nodiscard]] virtual const SparseSketch& latency() const = 0;
};

struct SessionSeams {
  EventLoop& loop;
  FileSystem& files;
  Random& random;
  logs::HookRunner& hooks;
};

enum class CoordinatorPhase { enrolling, greeting, ready };
[[nodiscard]] std::string_view to_string(CoordinatorPhase phase);

// For the health page and the metrics.
struct CoordinatorView {
  std::string name;
  CoordinatorPhase phase = CoordinatorPhase::enrolling;
  std::optional<Duration> last_heard;  // ago
  std::uint64_t samples_sent = 0;
  std::uint64_t messages_dropped = 0;  // not sent: the link's queue was full
  std::uint64_t messages_refused = 0;  // came in and could not be understood
  std::string enrol_refusal;           // the last reason, empty when there is none
};

class Session {
 public:
  using Finished = std::function<void(Status)>;

  // Reads the durable state. `shipper` may be null: then there are no logs to ship. The error names
  // the file.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(SessionConfig config,
                                                             SessionSeams seams,
                                                             SampleSource& source,
                                                             logs::Shipper* shipper);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Before start(). `enroll` may be null when the key is known to the coordinator already.
  void add_coordinator(std::string name, MessageLink& fleet, MessageLink* enroll);
  // What `reload` means: reading the configuration again. Before start().
  void on_reload(std::function<void(Finished)> reload);
  void on_drain_change(std::function<void(DrainState)> handler);
  void start();

  // A link came up anew (where the link can tell): greets at once instead of after the silence.
  void connected(std::size_t coordinator);

  // What coordinators wait for has changed (readiness): the next sample comes at once, but not
  // sooner than a quarter of the interval after the one before.
  void sample_soon();

  // Tells every coordinator; while none listens the newest 64 are kept.
  void raise(wire::Event event);
  // After a reload of the configuration; HELLO states it again.
  void set_config_digest(std::string digest);

  [[nodiscard]] DrainState drain_state() const;
  [[nodiscard]] Duration sample_interval() const;
  [[nodiscard]] std::string zone() const;  // as the coordinator said; empty before
  [[nodiscard]] std::vector<CoordinatorView> coordinators() const;

 private:
  class State;
  explicit Session(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::session
