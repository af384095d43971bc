// Reserve: a file that occupies space of the spool's disk, to be given up when the disk is full: a
// segment that has been packed frees some ten times what its object takes.
//
// Thread: the loop's; the writing is done on the worker.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/core/event_loop.h"
#include "common/core/file_system.h"

namespace edgeherd::logs {

class Reserve {
 public:
  // No file is kept when `bytes` is 0.
  Reserve(FileSystem& files, Worker& worker, std::string directory, std::uint64_t bytes);

  // Makes the file when it is missing and there is ample room; now and then, not in a hurry.
  void keep(MonoTime now);
  // True when there was something to give up.
  bool release(MonoTime now);

 private:
  FileSystem& files_;
  Worker& worker_;
  std::string directory_;
  std::string path_;
  std::uint64_t bytes_;
  bool there_ = false;
  bool writing_ = false;
  MonoTime next_try_{};
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace edgeherd::logs
