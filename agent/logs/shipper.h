// Shipper: takes the access log away in segments, so that no line which nginx wrote is lost or
// stored twice (docs/log-contract.md).
//
// A segment goes through: ledger entry (durable) -> rename into the spool -> reopen hook -> no
// process holds the file -> count, hash, compress on the worker -> ledger -> PUT to a granted
// address -> the coordinator verifies -> ledger -> unlink. After a crash at any point `open` finds
// from the spool directory and the ledger where each stands. Without a coordinator or an archive
// segments only queue. Thread: the loop's; the heavy work runs on the Worker. Owner: the app;
// outlives the session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/logs/seams.h"
#include "common/core/event_loop.h"
#include "common/core/file_system.h"
#include "common/core/ids.h"
#include "common/core/random.h"
#include "common/wire/messages.h"

namespace edgeherd::logs {

// What to do with a rotated file that a process will not let go of after `holder_limit`.
enum class HolderPolicy {
  wait,  // warn, reopen again, go on waiting
  ship,  // warn, ship what is there; lines that come later make a segment of their own
};

struct ShipperConfig {
  NodeId node;
  std::string access_log;
  std::string spool_directory;           // on the file system of the access log
  std::vector<std::string> reopen_hook;  // {"nginx", "-s", "reopen"}; empty: none
  Duration hook_limit = 30s;
  std::uint64_t rotate_bytes = 32 * 1024 * 1024;
  Duration rotate_age = 5min;  // of the first byte in the log
  // From so many stored segments on the log is rotated by age every rotate_age_of_many at most: a
  // manifest has its limits (common/archive/manifest.h), and a node may live for years.
  std::uint64_t many_segments = 100'000;
  Duration rotate_age_of_many = 1h;
  std::uint64_t segment_max_bytes = 64 * 1024 * 1024;  // more than this becomes several segments
  Duration holder_limit = 60s;
  HolderPolicy holder_policy = HolderPolicy::wait;
  Duration settle = 3s;  // nginx buffers for 1 s: quiet for so long is quiet
  std::uint64_t spool_max_bytes = 4ULL * 1024 * 1024 * 1024;
  std::uint64_t disk_free_floor_bytes = 256 * 1024 * 1024;
  // Kept from others by a file of this size, given up when the disk is full so that the ledger has
  // room. 0: none.
  std::uint64_t reserve_bytes = 256 * 1024;
  std::uint64_t ledger_compact_bytes = 256 * 1024;  // a ledger above this is compacted
  Duration tick = 1s;
};

struct ShipperSeams {
  EventLoop& loop;
  Worker& worker;
  FileSystem& files;
  Random& random;
  HookRunner& hooks;
  HolderProbe& holders;
  Uploader& uploader;
};

// Where the shipper's messages go: the session.
class ShipperOutlet {
 public:
  virtual ~ShipperOutlet() = default;
  // `unavailable` when no coordinator listens; the shipper tries again by itself.
  virtual Status send(const wire::Message& message) = 0;
  virtual void raise(wire::Event event) = 0;
};

struct ShipperTotals {
  std::uint64_t spool_segments = 0;  // closed and not yet stored
  std::uint64_t spool_bytes = 0;
  std::uint64_t stored_segments = 0;  // ever, on this node
  std::uint64_t stored_lines = 0;
  std::uint64_t lines_lost = 0;  // ever, on this node: dropped, truncated, never written
  std::uint64_t rotations = 0;   // since the start, as all below
  std::uint64_t upload_failures = 0;
  std::uint64_t holder_waits = 0;  // probes that found the file still held
  std::uint64_t hook_failures = 0;
  std::string last_error;  // empty when the last step of everything went well
};

class Shipper {
 public:
  using Done = std::function<void(Status)>;

  // Reads ledger and spool and repairs what a crash left. The error names the file.
  [[nodiscard]] static Result<std::unique_ptr<Shipper>> open(ShipperConfig config,
                                                             ShipperSeams seams);
  ~Shipper();
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;

  // The outlet outlives the shipper or is replaced by null.
  void attach(ShipperOutlet* outlet);
  // A coordinator listens again: what waits for one need not wait longer.
  void coordinator_ready();
  // Called right before the log is renamed: whoever follows it by name may look once more. Set
  // before start().
  void before_rotation(std::function<void()> handler);
  // Tells how many lines of the file with this inode were read by whoever follows the log; nothing
  // when it is not followed any more. Set before start().
  void on_lines_read(std::function<std::optional<std::uint64_t>(std::uint64_t inode)> handler);
  // Begins to work; from here on it keeps its own timer.
  void start();

  // Rotates now; done when the old file has its place in the spool and the reopen hook has run.
  // An empty or missing log is a success.
  void rotate(Done done);
  // Done when every line is stored, the log is empty and quiet, no process holds a closed file, and
  // the manifest that says so is stored. Goes on for as long as it takes; a second call joins the
  // first.
  void flush(Done done);
  // Back to rotating by size and age. Callbacks of a flush under way are told `conflict`.
  void end_flush();

  // From the coordinator.
  void on_grant(const wire::UploadGrant& grant);
  void on_verdict(const wire::UploadVerdict& verdict);

  // Lines known to be lost for another reason (lost_lines.h, truncation): counted durably and
  // alarmed.
  void add_lost_lines(std::uint64_t lines, const std::string& why);

  [[nodiscard]] ShipperTotals totals() const;

 private:
  class State;
  explicit Shipper(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::logs
