// StateLock: one agent per state directory, held until destruction or the process's end.
#pragma once

#include <string>

#include "common/core/result.h"
#include "common/os/fd.h"

namespace edgeherd::agent {

class StateLock {
 public:
  // Makes the directory if it is not there. `conflict` when another agent holds it, and which.
  [[nodiscard]] static Result<StateLock> take(const std::string& directory);

 private:
  explicit StateLock(os::Fd file) : file_(std::move(file)) {}
  os::Fd file_;
};

}  // namespace edgeherd::agent
