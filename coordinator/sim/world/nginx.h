// Nginx: the part of an edge server that viewers see: it answers, and writes numbered lines into
// its access log, so that each of them can be accounted for at the end.
//
// What it writes it syncs: what a kernel loses is not the agent's to keep. Thread: the loop's.
// `disk` outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/sim/sim_file_system.h"

namespace edgeherd::sim {

class Nginx {
 public:
  Nginx(SimFileSystem& disk, std::string log) : disk_(disk), log_(std::move(log)) {}

  void start();  // opens its log
  void stop();   // lets go of it
  void reopen();
  [[nodiscard]] bool running() const { return running_; }

  void close_listener() { listening_ = false; }
  void open_listener() { listening_ = true; }
  [[nodiscard]] bool listening() const { return listening_; }

  // One line for each number from the next one on; all of them reach the file, or none.
  void write(std::uint64_t lines);
  // The number of the newest line that reached a file; all before it did, too.
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] std::uint64_t unwritable() const { return unwritable_; }
  [[nodiscard]] bool holds(std::uint64_t inode) const { return inode_ != 0 && inode_ == inode; }

 private:
  SimFileSystem& disk_;
  std::string log_;
  std::unique_ptr<File> file_;
  std::uint64_t inode_ = 0;
  bool placed_ = false;  // its name is on the disk
  bool spoilt_ = false;  // a sync of it has failed
  std::uint64_t written_ = 0;
  std::uint64_t unwritable_ = 0;
  bool running_ = false;
  bool listening_ = true;
};

}  // namespace edgeherd::sim
