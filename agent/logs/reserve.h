// Reserve: a file that occupies a little of the spool's disk, given up slice by slice when the disk
// is full, so that the ledger can be written: what it says makes room.
//
// Thread: the loop's.
#pragma once

#include <cstdint>
#include <string>

#include "common/core/clock.h"
#include "common/core/file_system.h"

namespace edgeherd::logs {

class Reserve {
 public:
  // No file is kept when `bytes` is 0.
  Reserve(FileSystem& files, std::string directory, std::uint64_t bytes);

  // Makes or refills the file when there is ample room; now and then, not in a hurry.
  void keep(MonoTime now);
  // True when there was something to give up. To be used at once: others want room too.
  bool release();

 private:
  FileSystem& files_;
  std::string directory_;
  std::string path_;
  std::uint64_t bytes_;
  MonoTime next_try_{};
};

}  // namespace edgeherd::logs
