// Spool: the files of the segments, and what they say after a crash.
//
//   <seq, 12 digits>.log       a rotated log, not yet compressed
//   <seq, 12 digits>.log.gz    a compressed segment, not yet stored
//   ledger, stored             what is known about them (ledger.h)
//   of-<node>/                 another node's, which came with the disk
// Every change of a name is preceded by a durable ledger entry and followed by a directory sync, so
// that recover() can tell at any point what was under way. Thread: the loop's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/logs/ledger.h"
#include "common/core/file_system.h"

namespace edgeherd::logs {

enum class RawFate {
  finished,  // nobody writes to it any more
  held,      // somebody may: keep it, whatever its length
};

class Spool {
 public:
  Spool(FileSystem& files, std::string directory, std::string access_log);

  [[nodiscard]] std::string ledger_path() const { return directory_ + "/ledger"; }
  [[nodiscard]] std::string stored_list_path() const { return directory_ + "/stored"; }
  [[nodiscard]] std::string raw_path(std::uint64_t seq) const;
  [[nodiscard]] std::string object_path(std::uint64_t seq) const;

  // Makes the directory. The error names it.
  Status prepare();

  // Moves everything, and the log, into a directory of its own in here, whose path is returned:
  // it is another node's. The ledger goes last; after an error or a crash it is to be begun again.
  [[nodiscard]] Result<std::string> move_apart(const std::string& owner);

  // Brings ledger and directory together. What an operator should know is added to `findings`.
  Status recover(Ledger& ledger, const std::string& date, std::vector<std::string>& findings);

  // Rotates: entry, rename, directory syncs. Nothing when the log is missing or empty. After an
  // error the log is where it was.
  [[nodiscard]] Result<std::optional<std::uint64_t>> take_log(Ledger& ledger);

  // After a segment was packed: unlinks its raw file, or, when more was written to it or may yet
  // be, makes the rest of it the next segment, whose number is returned.
  [[nodiscard]] Result<std::optional<std::uint64_t>> close_raw(Ledger& ledger,
                                                               const Segment& segment,
                                                               RawFate fate);

  // Unlinks what the spool has of a segment; missing files are a success.
  Status remove_object(std::uint64_t seq);
  Status remove_raw(std::uint64_t seq);
  // Renames a damaged object to "<name>.damaged"; nothing here looks at it again.
  Status set_aside(std::uint64_t seq);

 private:
  Status sync();
  Status recover_segment(Ledger& ledger, const Segment& segment,
                         std::vector<std::string>& findings);
  Status recover_missing(Ledger& ledger, const Segment& segment,
                         std::vector<std::string>& findings);
  Status adopt_unknown(Ledger& ledger, const std::vector<std::uint64_t>& unknown,
                       std::vector<std::string>& findings);
  Status close_stored(Ledger& ledger, Segment segment);
  Status adopt(Ledger& ledger, std::uint64_t seq, std::vector<std::string>& findings);
  [[nodiscard]] std::optional<std::uint64_t> raw_with_inode(std::uint64_t inode);
  [[nodiscard]] Result<Segment> describe(const std::string& path, std::uint64_t seq);
  [[nodiscard]] bool exists(const std::string& path);

  FileSystem& files_;
  std::string directory_;
  std::string access_log_;
  std::string date_;
};

}  // namespace edgeherd::logs
