// Which processes of this machine are a VM's, and how they are ended. Linux: /proc and pidfds.
//
// A VM's processes are the session of its init. Those that still have it carry the environment mark
// EDGEHERD_VM=<vm id>; programs that overwrite theirs (nginx, for its title) are known by session
// and working directory instead. Thread: free functions, blocking: the provider's worker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "common/core/result.h"
#include "coordinator/providers/local/vm_files.h"

namespace edgeherd::local {

inline constexpr const char* vm_mark = "EDGEHERD_VM";

struct ProcessInfo {
  pid_t pid = 0;
  pid_t session = 0;
  std::uint64_t start_ticks = 0;  // since the machine's boot, field 22 of /proc/PID/stat
  std::string mark;               // the value of EDGEHERD_VM; empty: none, or not readable
};

// All that live now; zombies are dead.
[[nodiscard]] Result<std::vector<ProcessInfo>> list_processes();
[[nodiscard]] std::optional<ProcessInfo> find_process(pid_t pid);

// What /proc/PID/stat says, all but the mark; nothing for a zombie, or when it is no such text.
[[nodiscard]] std::optional<ProcessInfo> parse_process(std::string_view text, pid_t pid);
// The mark in what /proc/PID/environ says; empty when there is none.
[[nodiscard]] std::string parse_mark(std::string_view environment);

// The id of this boot of the machine.
[[nodiscard]] Result<std::string> machine_boot();

// The VM's init, if it lives.
[[nodiscard]] std::optional<ProcessInfo> init_of(const std::vector<ProcessInfo>& processes,
                                                 const VmId& id,
                                                 const std::optional<RunRecord>& run,
                                                 const std::string& boot);
// Every process of the VM, its init first.
[[nodiscard]] std::vector<ProcessInfo> members_of(const std::vector<ProcessInfo>& processes,
                                                  const VmId& id,
                                                  const std::optional<RunRecord>& run,
                                                  const std::string& boot,
                                                  const std::string& directory);

// Signals exactly this process, never a later one of the same id; a process that is gone is fine.
Status send_signal(const ProcessInfo& process, int signal);

// As send_signal(SIGKILL), and waits for its end. `timeout` when it does not end.
Status kill_and_wait(const ProcessInfo& process);

}  // namespace edgeherd::local
