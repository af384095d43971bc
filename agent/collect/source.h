// Source: one kernel file that a collector reads again and again, and that may not be there.
//
// The descriptor is held open. A file that is missing or cannot be read is looked for again at
// every tenth reading, so that a kernel without it costs nothing. Thread: one owner.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/os/proc_file.h"

namespace edgeherd::agent {

class Source {
 public:
  Source(const std::string& root, const std::string& path)
      : path_((root.ends_with('/') ? root : root + '/') + path) {}

  // The whole text as it is now; absent when it cannot be read. Valid until the next read().
  [[nodiscard]] std::optional<std::string_view> read();

 private:
  static constexpr int readings_between_tries = 10;

  std::string path_;
  std::optional<os::HeldFile> file_;
  int skip_ = 0;
};

}  // namespace edgeherd::agent
