#include "coordinator/providers/local/processes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/number.h"
#include "common/os/fd.h"
#include "common/os/system_error.h"

namespace edgeherd::local {

namespace {

constexpr int kill_patience_ms = 5000;
constexpr std::size_t max_proc_bytes = 256 * 1024;

// Empty when the process is gone or belongs to somebody else.
std::string read_proc(pid_t pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  const os::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd.open()) return text;
  std::array<char, 4096> chunk{};
  while (text.size() < max_proc_bytes) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return text;
}

bool works_in(pid_t pid, const std::string& directory) {
  std::error_code error;
  const auto link =
      std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd", error).string();
  return !error && (link == directory || link.starts_with(directory + "/"));
}

os::Fd open_exactly(const ProcessInfo& process) {
  os::Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  // The descriptor now stands for whoever has the id; it is ours only with our start time.
  const auto now = fd.open() ? find_process(process.pid) : std::nullopt;
  if (!now || now->start_ticks != process.start_ticks) fd.reset();
  return fd;
}

Status signal_through(const os::Fd& fd, const ProcessInfo& process, int signal) {
  if (::syscall(SYS_pidfd_send_signal, fd.get(), signal, nullptr, 0) == 0 || errno == ESRCH) {
    return {};
  }
  return os::system_error(errno, "signalling process " + std::to_string(process.pid));
}

}  // namespace

std::string parse_mark(std::string_view environment) {
  const std::string wanted = std::string(vm_mark) + "=";
  while (!environment.empty()) {
    const std::string_view variable = environment.substr(0, environment.find('\0'));
    if (variable.starts_with(wanted)) return std::string(variable.substr(wanted.size()));
    environment.remove_prefix(std::min(variable.size() + 1, environment.size()));
  }
  return {};
}

// proc(5): "pid (name) state ppid pgrp session ... starttime ...". The name may hold anything, also
// ')' and blanks, so the fields are counted behind its last ')'.
std::optional<ProcessInfo> parse_process(std::string_view text, pid_t pid) {
  const auto close = text.rfind(')');
  if (close == std::string_view::npos) return std::nullopt;
  text.remove_prefix(close + 1);
  constexpr int state_field = 3;
  constexpr int session_field = 6;
  constexpr int start_field = 22;
  ProcessInfo info;
  info.pid = pid;
  for (int field = state_field; field <= start_field; ++field) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    if (field == state_field && (word == "Z" || word == "X")) return std::nullopt;
    if (field == session_field) {
      const auto session = parse_number<pid_t>(word);
      if (!session) return std::nullopt;
      info.session = *session;
    } else if (field == start_field) {
      const auto ticks = parse_number<decltype(info.start_ticks)>(word);
      if (!ticks) return std::nullopt;
      info.start_ticks = *ticks;
    }
  }
  return info;
}

std::optional<ProcessInfo> find_process(pid_t pid) {
  auto info = parse_process(read_proc(pid, "stat"), pid);
  if (info) info->mark = parse_mark(read_proc(pid, "environ"));
  return info;
}

Result<std::vector<ProcessInfo>> list_processes() {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
  if (!proc) return os::system_error(errno, "listing /proc");
  std::vector<ProcessInfo> found;
  for (const dirent* entry = ::readdir(proc.get()); entry != nullptr;
       entry = ::readdir(proc.get())) {
    const auto pid = parse_number<pid_t>(entry->d_name);
    if (!pid) continue;
    if (auto info = find_process(*pid)) found.push_back(std::move(*info));
  }
  return found;
}

Result<std::string> machine_boot() {
  const os::Fd fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::array<char, 64> text{};
  const ssize_t got = fd.open() ? ::read(fd.get(), text.data(), text.size()) : -1;
  if (got <= 0) return os::system_error(errno, "reading /proc/sys/kernel/random/boot_id");
  const std::string_view id(text.data(), static_cast<std::size_t>(got));
  return std::string(id.substr(0, id.find('\n')));
}

std::optional<ProcessInfo> init_of(const std::vector<ProcessInfo>& processes, const VmId& id,
                                   const std::optional<RunRecord>& run, const std::string& boot) {
  for (const ProcessInfo& process : processes) {
    const bool recorded = run && run->machine_boot == boot && run->pid == process.pid &&
                          run->start_ticks == process.start_ticks;
    // Without a record (a crash between starting it and writing that down) the mark tells.
    if (recorded || (process.pid == process.session && process.mark == id.str())) return process;
  }
  return std::nullopt;
}

std::vector<ProcessInfo> members_of(const std::vector<ProcessInfo>& processes, const VmId& id,
                                    const std::optional<RunRecord>& run, const std::string& boot,
                                    const std::string& directory) {
  const bool recorded = run && run->machine_boot == boot;
  std::set<pid_t> sessions;
  if (recorded) sessions.insert(run->pid);
  for (const ProcessInfo& process : processes) {
    if (process.mark == id.str()) sessions.insert(process.session);
  }
  std::vector<ProcessInfo> members;
  for (const ProcessInfo& process : processes) {
    // The number of a session is not given to a new process while anybody is in the session.
    const bool early = recorded && process.start_ticks < run->start_ticks;
    const bool unmarked = process.mark.empty() && !early && sessions.contains(process.session) &&
                          works_in(process.pid, directory);
    if (unmarked || process.mark == id.str()) members.push_back(process);
  }
  std::stable_partition(members.begin(), members.end(),
                        [](const ProcessInfo& process) { return process.pid == process.session; });
  return members;
}

Status send_signal(const ProcessInfo& process, int signal) {
  const os::Fd fd = open_exactly(process);
  if (!fd.open()) return {};
  return signal_through(fd, process, signal);
}

Status kill_and_wait(const ProcessInfo& process) {
  const os::Fd fd = open_exactly(process);
  if (!fd.open()) return {};
  if (auto sent = signal_through(fd, process, SIGKILL); !sent) return sent;
  pollfd ended{fd.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&ended, 1, kill_patience_ms);
  } while (ready < 0 && errno == EINTR);
  // Reaps it if it is a child of this coordinator, and not of an earlier one.
  ::waitpid(process.pid, nullptr, WNOHANG);
  if (ready > 0) return {};
  return fail(Errc::timeout, "process " + std::to_string(process.pid) + " did not end within " +
                                 std::to_string(kill_patience_ms) + " ms of SIGKILL");
}

}  // namespace edgeherd::local
