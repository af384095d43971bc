// A file under /proc or /sys that is read again and again: the descriptor stays open, the bytes go
// into one buffer. Thread: one owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "common/os/fd.h"

namespace edgeherd::os {

class HeldFile {
 public:
  static constexpr std::size_t size_limit = 4 * 1024 * 1024;

  [[nodiscard]] static Result<HeldFile> open(const std::string& path);

  // The whole content as it is now; valid until the next read(). `exhausted` beyond size_limit.
  // A file that went away (a device, a process) is an error, never an empty text.
  [[nodiscard]] Result<std::string_view> read();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  HeldFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)), buffer_(4096) {}

  Fd fd_;
  std::string path_;
  std::vector<char> buffer_;
};

}  // namespace edgeherd::os
