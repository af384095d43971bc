// Starts a VM's init: a session of its own that outlives the coordinator.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::local {

enum class BootEnd {
  runs,   // into the image's boot command
  stuck,  // powered on, and nothing ever happens: for trying that out
};

struct PowerOn {
  std::vector<std::string> boot;  // an argument vector: the host's `start_with`, the image's boot
  std::vector<std::string>
      environment;        // all that the VM sees; nothing is inherited from us but PATH
  std::string directory;  // to start in: the VM's own
  Duration delay{};       // before the boot command
  BootEnd end = BootEnd::runs;
};

// The process id of the init. It appends to console.log and makes the file `booted` when the delay
// is over. The caller's secrets do not get there: neither descriptors nor environment.
[[nodiscard]] Result<pid_t> power_on(const PowerOn& vm);

}  // namespace edgeherd::local
