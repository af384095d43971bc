// The works of the Shipper. Internal to this folder.
//
// Three things go on side by side: rotation (one at a time), settling and packing (one segment at a
// time, but one that is held does not keep back the others), and sending (the Sender). tick() looks
// at all of them; the end of each step calls advance().
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/logs/ledger.h"
#include "agent/logs/pack_job.h"
#include "agent/logs/reserve.h"
#include "agent/logs/sender.h"
#include "agent/logs/shipper.h"
#include "agent/logs/spool.h"
#include "common/core/backoff.h"

namespace edgeherd::logs {

class Shipper::State : public std::enable_shared_from_this<Shipper::State> {
 public:
  State(ShipperConfig config, ShipperSeams seams);

  Status open();
  void start();
  void stop();

  void rotate(Done done);
  void flush(Done done);
  void end_flush();
  void add_lost_lines(std::uint64_t lines, const std::string& why);
  [[nodiscard]] ShipperTotals totals() const;

  void attach(ShipperOutlet* outlet);
  std::function<void()> before_rotation;
  std::function<std::optional<std::uint64_t>(std::uint64_t inode)> lines_read;
  Sender& sender() { return *sender_; }

 private:
  // How far a rotated file is from being let go.
  struct Settling {
    MonoTime since{};
    MonoTime next_look{};
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    MonoTime quiet_since{};
    bool warned = false;
    std::optional<Backoff> retry;  // of a packing that failed
  };
  struct Manifest {
    std::string body;
    std::uint64_t stored_segments = 0;  // what it spoke of
    std::uint64_t lines_lost = 0;
  };
  enum class Severity { warning, alarm };

  Status open_ledger(std::vector<std::string>& findings);
  void tick();
  void advance();
  [[nodiscard]] MonoTime now() const { return seams_.loop.clock().mono(); }
  [[nodiscard]] std::string today() const;

  // Rotation (shipper_rotate.cc).
  void look_at_log();
  void watch_name(const Result<FileInfo>& log);
  void count_taken_away();
  void rotate_now();
  void run_reopen();
  void reopen_ended(const Status& status);
  void answer_rotations(const Status& status);

  // Settling and packing (shipper_pack.cc).
  void settle_next();
  void probed(std::uint64_t seq, Holders holders);
  void raw_missing(const Segment& segment, const Error& error);
  void cut_short(const Segment& segment);
  void counted(std::uint64_t seq, const Packed& found);
  void still_held(std::uint64_t seq, Settling& settling, Holders holders);
  [[nodiscard]] bool let_go_unseen(const Settling& settling) const;
  void ship(std::uint64_t seq, RawFate fate);
  void begin_pack(std::uint64_t seq, RawFate fate, PackTarget target);
  void step_pack(std::shared_ptr<PackJob> job, std::uint64_t seq, RawFate fate, PackTarget target);
  void packed(std::uint64_t seq, PackJob& job, RawFate fate, PackTarget target);
  void pack_failed(std::uint64_t seq, RawFate fate, const Error& error);
  void close_raws();

  // Sending and the end (shipper_send.cc).
  void send_next();
  [[nodiscard]] const Segment* next_to_send() const;
  [[nodiscard]] SendItem item_of(const Segment& segment) const;
  Status putting(std::uint64_t seq, const std::string& key);
  void stored(std::uint64_t seq, const std::string& key);
  void spoilt(std::uint64_t seq, const std::string& why);
  void missing(std::uint64_t seq);
  void record_stored();
  void enforce_spool_limit();
  [[nodiscard]] bool in_memory(std::uint64_t seq) const;
  [[nodiscard]] bool raw_is_all(std::uint64_t seq) const;
  void drop(std::uint64_t seq, std::uint64_t lines);
  void leave_to_archive(const Segment& segment);
  void forget_files(std::uint64_t seq);
  void record_lost();
  void compact_ledger();
  void check_flush();
  void begin_manifest();
  [[nodiscard]] bool everything_stored() const;

  void raise(Severity severity, const std::string& code, const std::string& text);
  void trouble(const std::string& what);
  void measure_spool();
  void answer(std::vector<Done>& waiting, const Status& status);

  ShipperConfig config_;
  ShipperSeams seams_;
  ShipperOutlet* outlet_ = nullptr;
  Spool spool_;
  Reserve reserve_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Sender> sender_;
  TimerId timer_ = TimerId::none;

  // The file that had the log's name when it was last looked at, unless we have renamed it.
  std::optional<std::uint64_t> log_inode_;
  // Logs that somebody else renamed or removed, and how many lines of each are counted as lost.
  std::map<std::uint64_t, std::uint64_t> taken_away_;
  std::uint64_t log_size_ = 0;
  std::optional<MonoTime> log_since_;  // when its first byte was seen
  MonoTime log_quiet_since_{};         // empty or missing since
  std::vector<std::string> findings_;  // of the recovery, to be raised at the start
  std::vector<Done> rotation_waiting_;
  MonoTime next_rotation_{};  // not before, after a failure
  Backoff rotation_backoff_{1s, 60s};
  bool log_moved_apart_ = false;  // and nginx may still write to it
  bool reopening_ = false;
  bool reopen_again_ = false;
  bool rotate_again_ = false;
  bool reopen_ok_ = false;
  MonoTime next_reopen_ = MonoTime::max();
  Backoff reopen_backoff_{1s, 60s};

  std::map<std::uint64_t, Settling> settling_;
  bool probing_ = false;
  bool packing_ = false;
  // Packed segments whose raw files are not yet dealt with.
  struct RawToClose {
    Segment segment;
    RawFate fate;
  };
  std::map<std::uint64_t, RawToClose> raws_to_close_;
  // At most one segment goes from memory at a time; its raw file stays until it is stored.
  struct InMemory {
    std::uint64_t seq;
    std::string body;
    RawFate fate;
  };
  std::optional<InMemory> in_memory_;
  std::map<std::uint64_t, RawFate> unpackable_;  // the disk has no room for their objects

  std::uint64_t last_tried_ = 0;  // the segment whose turn was last
  std::map<std::uint64_t, std::string> stored_unrecorded_;
  MonoTime next_compaction_{};  // not before, after a failure
  std::uint64_t lost_unrecorded_ = 0;
  std::string lost_why_;

  bool flushing_ = false;
  std::vector<Done> flush_waiting_;
  std::optional<Manifest> manifest_;       // under way
  std::optional<Manifest> last_manifest_;  // stored in this life of the agent

  ShipperTotals totals_;
  std::map<std::string, MonoTime> raised_;
  std::vector<wire::Event> unheard_;  // raised while there was no outlet; bounded
};

}  // namespace edgeherd::logs
