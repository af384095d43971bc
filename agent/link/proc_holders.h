// The real HolderProbe: looks through /proc/<pid>/fd of every process, on the worker.
//
// A descriptor that is open for reading alone does not count (an operator's tail, our own). Without
// the right to look into a process that goes by the writer's name, or where the processes of others
// are hidden altogether, the answer is `unknown`, unless another is found that holds the file.
// Thread: the loop's. Owner: the app; the worker outlives it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/logs/seams.h"
#include "common/core/event_loop.h"

namespace edgeherd::link {

inline constexpr std::string_view log_writer = "nginx";  // as /proc/<pid>/comm says

[[nodiscard]] std::unique_ptr<logs::HolderProbe> make_proc_holders(Worker& worker,
                                                                   std::string proc = "/proc");

// The look itself, blocking: what make_proc_holders does on the worker.
[[nodiscard]] logs::Holders find_holders(const std::string& proc, std::uint64_t device,
                                         std::uint64_t inode);

}  // namespace edgeherd::link
