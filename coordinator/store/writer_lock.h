// One coordinator at a time: an advisory lock beside the database, released by the kernel when its
// holder ends, however it ends.
#pragma once

#include <string>

#include "common/core/result.h"

namespace edgeherd::store {

class WriterLock {
 public:
  // Takes "<path>.lock" and writes our process id into it; `conflict` names the holder's.
  [[nodiscard]] static Result<WriterLock> take(const std::string& path);
  ~WriterLock();
  WriterLock(WriterLock&& other) noexcept;
  WriterLock& operator=(WriterLock&&) = delete;

 private:
  explicit WriterLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace edgeherd::store
