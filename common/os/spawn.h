// Starts a child process; what Process stands on.
#pragma once

#include <sys/types.h>

#include "common/core/result.h"
#include "common/os/process.h"

namespace edgeherd::os {

// Starts spec.argv as the leader of a new process group, with spec.input or /dev/null as input,
// `output_fd` as output and `error_fd` as error; every other descriptor is closed. The caller has
// to reap the child.
[[nodiscard]] Result<pid_t> spawn(const ProcessSpec& spec, int output_fd, int error_fd);

}  // namespace edgeherd::os
