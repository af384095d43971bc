#include "coordinator/sim/world/nginx.h"

namespace edgeherd::sim {

void Nginx::start() {
  running_ = true;
  reopen();
}

void Nginx::stop() {
  running_ = false;
  file_.reset();
  inode_ = 0;
}

void Nginx::reopen() {
  if (!running_) return;
  auto opened = disk_.open(log_, OpenMode::append);
  if (!opened) return;  // goes on with the one it has, as nginx does
  const auto info = (*opened)->info();
  if (!info) return;
  spoilt_ = false;
  placed_ = disk_.sync_directory(log_.substr(0, log_.rfind('/'))).ok();
  file_ = std::move(*opened);
  inode_ = info->inode;
}

void Nginx::write(std::uint64_t lines) {
  if (lines == 0) return;
  if (!file_) {
    unwritable_ += lines;
    return;
  }
  std::string text;
  for (std::uint64_t i = 1; i <= lines; ++i) text += std::to_string(written_ + i) + "\n";
  const auto before = file_->info();
  // The file's name is written back like its bytes; on a failing disk it is tried again. What a
  // failed sync has lost no later one brings back: such a file is given no more lines.
  placed_ = placed_ || disk_.sync_directory(log_.substr(0, log_.rfind('/'))).ok();
  if (before && placed_ && !spoilt_ && file_->append(text)) {
    spoilt_ = !file_->sync().ok();
    if (!spoilt_) {
      written_ += lines;
      return;
    }
  }
  // A part may have been written; the simulated one takes it back.
  if (before) (void)file_->truncate(before->size);
  unwritable_ += lines;
}

}  // namespace edgeherd::sim
