// Tailer: follows nginx's access log by inode and counts what is in it: the source of the rates.
//
// It never decides what was logged: segments are counted from the closed file (shipper.h). It may
// therefore skip what would cost too much, and says so. Rotation: the old file is read to its end
// and watched until it has been quiet for a while, since nginx flushes late. Truncation: from the
// start. What was there before the tailer came (a backlog) is counted apart, so that it makes no
// rate. Thread: the loop's. Cost: at most 0.2 us a line at 5,000 lines a second.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/logs/line_times.h"
#include "agent/logs/log_line.h"
#include "common/core/file_system.h"
#include "common/sketch/latency_sketch.h"

namespace edgeherd::logs {

struct TailerConfig {
  std::string access_log;
  std::string state_file;  // where the position is kept; empty: nowhere
  LogFormat format;
  std::size_t block_bytes = 64 * 1024;                   // one read
  std::uint64_t budget_bytes = 16 * 1024 * 1024;         // at most so much in one poll
  std::size_t line_limit_bytes = 32 * 1024;              // longer lines are counted, not parsed
  std::uint64_t backlog_limit_bytes = 64 * 1024 * 1024;  // a longer one is skipped
  Duration save_every = 30s;
  Duration old_file_quiet = 5s;  // a rotated file silent for so long is let go
};

// Cumulative since the tailer was made.
struct TailCounters {
  std::uint64_t requests = 0;           // well-formed lines, without the backlog
  std::uint64_t requests_until_ms = 0;  // $msec of the newest line, Unix ms; 0 before the first
  std::array<std::uint64_t, 5> status_classes{};  // 1xx..5xx
  std::uint64_t bytes_sent = 0;
  std::uint64_t backlog_requests = 0;  // well-formed lines that were there before us
  std::uint64_t foreign_lines = 0;     // not of the configured format
  std::uint64_t long_lines = 0;        // over line_limit_bytes
  std::uint64_t rotations = 0;
  std::uint64_t truncations = 0;
  std::uint64_t truncated_lines = 0;  // lines that were read from a file before it was truncated
  std::uint64_t skipped_bytes = 0;    // of a backlog over its limit
  std::uint64_t read_errors = 0;

  // Every line that ended, whatever it held: what the count of lost lines wants.
  [[nodiscard]] std::uint64_t lines() const {
    return requests + backlog_requests + foreign_lines + long_lines;
  }
};

class Tailer {
 public:
  Tailer(FileSystem& files, TailerConfig config);
  ~Tailer();
  Tailer(const Tailer&) = delete;
  Tailer& operator=(const Tailer&) = delete;

  // Reads what is new, up to the budget; on the sample tick. A file that is missing is waited for.
  void poll(MonoTime now);

  // Writes the position (at stop). A loss of it costs totals, nothing else.
  void save();

  [[nodiscard]] const TailCounters& counters() const { return counters_; }
  // Ended lines, without those whose $msec is later than that moment.
  [[nodiscard]] std::uint64_t lines_until(std::uint64_t unix_ms) const {
    return counters_.lines() - times_.after(unix_ms);
  }
  // Ended lines that were read of the file with this inode, in an earlier life of the agent, too;
  // nothing when it is not followed, or not any more.
  [[nodiscard]] std::optional<std::uint64_t> lines_of(std::uint64_t inode) const;
  // Cumulative latency counts, without the backlog.
  [[nodiscard]] const SparseSketch& latency() const { return latency_; }
  // Whether the file could be opened at the last poll, and if not, why.
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }
  // False until there is a file and its backlog is read.
  [[nodiscard]] bool live() const;

 private:
  // One open file; the last of sources_ is the one under the configured name.
  struct Source {
    std::unique_ptr<File> file;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;
    std::uint64_t offset = 0;  // of the next byte to read
    std::uint64_t size = 0;    // when last asked
    std::uint64_t lines = 0;   // ended lines seen in this file, by earlier lives, too
    std::string half_line;     // the last line as far as it is written
    bool skipping = false;     // inside a line over the limit
    bool backlog = false;      // reading what was there before us
    bool unread = false;       // the budget ended before the file did
    std::string head;          // its first bytes, at most 256, for recognising it again
    MonoTime last_growth{};
  };

  void look_for_rotation(MonoTime now);
  void open_current(MonoTime now);
  void place_first(Source& source, std::uint64_t size);
  void check_truncation(Source& source);
  void read_source(Source& source, MonoTime now, std::uint64_t& budget);
  void take_block(Source& source, std::string_view block);
  void end_line(Source& source, std::string_view rest);
  void take_line(const Source& source, std::string_view line);

  FileSystem& files_;
  TailerConfig config_;
  TailCounters counters_;
  LineTimes times_;  // of the requests
  SparseSketch latency_;
  std::optional<Error> trouble_;
  std::vector<Source> sources_;
  bool first_poll_ = true;
  bool save_due_ = false;
  MonoTime last_save_{};
};

}  // namespace edgeherd::logs
