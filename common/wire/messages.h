// The messages between agent and coordinator, as values. docs/protocol.md shows their bytes.
//
// On the wire each is a msgpack array [type, version, field, ...] in the order of the members here.
// A reader ignores fields behind those it knows; new fields are only ever added at the end.
// Optional members travel as nil. Counters are cumulative since `boot_id` was made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/core/ids.h"
#include "common/sketch/latency_sketch.h"

namespace edgeherd::wire {

inline constexpr int protocol_version = 1;
inline constexpr std::size_t max_message_bytes = 64 * 1024;
inline constexpr std::size_t max_enroll_bytes = 4 * 1024;

enum class MessageType : std::uint8_t {
  enroll = 1,
  enroll_reply = 2,
  hello = 3,
  hello_reply = 4,
  sample = 5,
  event = 6,
  command = 7,
  command_status = 8,
  upload_request = 9,
  upload_grant = 10,
  upload_done = 11,
  upload_verdict = 12,
  heartbeat = 13,
};

// agent -> coordinator, on the enroll port only.
struct Enroll {
  NodeId node;        // the intent id from the user data
  std::string token;  // hex HMAC-SHA256(enrolment key, node id)
  std::string vm_id;  // the provider's instance id as the box knows it; may be empty
  std::string agent_version;
};

struct EnrollReply {
  bool accepted = false;
  std::string reason;  // when refused
};

// agent -> coordinator: the first message of every connection, again after each reconnect.
struct Hello {
  int protocol = protocol_version;
  NodeId node;
  std::string vm_id;
  std::string boot_id;  // made when the agent starts; counters count from there
  std::string agent_version;
  std::string image_version;
  // Hex SHA-256 of the image's configuration file in canonical form: the same on every server of an
  // image (docs/agent.md).
  std::string config_digest;
  std::uint64_t highest_epoch = 0;
  std::vector<std::string> verbs;  // the commands that this agent understands
  std::string drain_state;         // "serving" | "draining" | "closed"
  std::uint64_t spool_segments = 0;
  std::uint64_t spool_bytes = 0;
};

struct HelloReply {
  int protocol = protocol_version;
  std::uint64_t epoch = 0;
  std::string zone;  // the node's zone, for its own page
  std::uint32_t sample_interval_ms = 1000;
};

// agent -> coordinator, once per interval. Absent is nil, never 0.
struct Sample {
  std::string boot_id;
  std::uint64_t seq = 0;             // 1, 2, ... since boot_id
  std::uint64_t uptime_ms = 0;       // the agent's monotonic clock at the reading
  bool ready = false;                // all checks good and not draining
  std::vector<std::string> failing;  // names of the checks that fail
  std::optional<double> load1;
  std::optional<std::uint32_t> cpus;
  std::optional<std::uint64_t> cpu_busy_ms;  // cumulative, over all CPUs
  std::optional<std::uint64_t> mem_total_bytes;
  std::optional<std::uint64_t> mem_available_bytes;
  std::optional<std::uint64_t> psi_cpu_us;  // cumulative "some" stall time
  std::optional<std::uint64_t> psi_memory_us;
  std::optional<std::uint64_t> psi_io_us;
  std::optional<std::uint64_t> net_rx_bytes;  // cumulative, real interfaces
  std::optional<std::uint64_t> net_tx_bytes;
  std::optional<std::uint64_t> disk_read_bytes;  // cumulative, real devices
  std::optional<std::uint64_t> disk_write_bytes;
  std::optional<std::uint64_t> disk_busy_ms;  // cumulative, the busiest device of each interval
  std::optional<std::uint32_t> connections;   // established, on the edge ports
  std::optional<std::uint64_t> requests;      // cumulative lines of the access log
  std::optional<std::uint64_t> requests_until_ms;  // $msec of the newest of them, Unix ms
  std::optional<std::uint64_t> stub_requests;      // cumulative, stub_status less our own probes
  std::vector<std::uint64_t> status_classes;       // cumulative 1xx..5xx, 5 numbers or empty
  std::optional<std::uint64_t> body_bytes;         // cumulative $bytes_sent
  // Cumulative counts of the latency buckets that changed since the last sample that was sent;
  // all of them in every 30th sample and in the first after HELLO.
  std::vector<BucketCount> latency;
  std::uint64_t log_lines_lost = 0;  // cumulative, known lost (see docs/log-contract.md)
  std::uint64_t spool_segments = 0;  // closed segments that are not yet stored
  std::uint64_t spool_bytes = 0;
};

// agent -> coordinator: something an operator should see.
struct Event {
  std::string severity;  // "info" | "warning" | "alarm"
  std::string code;      // stable, e.g. "log_lines_lost"
  std::string text;
};

// coordinator -> agent.
struct Command {
  ActionId action;
  std::uint64_t epoch = 0;
  std::uint32_t deadline_ms = 0;  // relative to receipt
  std::string verb;  // drain, undrain, close_listener, rotate, flush, reload, set_interval
  std::vector<std::pair<std::string, std::string>> arguments;
};

enum class CommandState : std::uint8_t { accepted = 1, done = 2, failed = 3, refused = 4 };

// agent -> coordinator. Sent again for a command that is known already.
struct CommandStatus {
  ActionId action;
  CommandState state = CommandState::accepted;
  std::string message;  // why it failed or was refused
};

// agent -> coordinator: may I store this segment? seq 0 asks for the manifest.
struct UploadRequest {
  std::uint64_t seq = 0;
  std::string date;  // "2026-11-23", UTC day of the segment's closing
  std::uint64_t lines = 0;
  std::uint64_t raw_bytes = 0;  // before compression
  std::uint64_t bytes = 0;      // of the object
  std::string sha256;           // hex, of the object
  std::string md5;              // base64, of the object
};

// coordinator -> agent: a signed PUT, or a refusal with its reason (url empty).
struct UploadGrant {
  std::uint64_t seq = 0;
  std::string key;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  // to be sent exactly so
  std::uint32_t expires_ms = 0;                              // relative to receipt
  std::string refusal;
};

// agent -> coordinator: the PUT was answered (also when it said that the object exists already).
struct UploadDone {
  std::uint64_t seq = 0;
  std::string key;
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::string sha256;
};

// coordinator -> agent: only after `stored` may the agent forget the segment.
struct UploadVerdict {
  std::uint64_t seq = 0;
  bool stored = false;
  std::string reason;
  bool missing = false;  // not stored: the archive has nothing under that key
};

// Both ways; the other side answers with the same number when `reply` is false.
struct Heartbeat {
  std::uint64_t number = 0;
  bool reply = false;
};

using Message =
    std::variant<Enroll, EnrollReply, Hello, HelloReply, Sample, Event, Command, CommandStatus,
                 UploadRequest, UploadGrant, UploadDone, UploadVerdict, Heartbeat>;

}  // namespace edgeherd::wire
