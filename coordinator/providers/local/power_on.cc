#include "coordinator/providers/local/power_on.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include "common/os/system_error.h"

namespace edgeherd::local {

namespace {

// The firmware of the VM: waits, says that the power is on, and becomes the boot command.
constexpr const char* firmware =
    "sleep \"$1\" && : > booted && end=$2 && shift 2 && "
    "if [ \"$end\" = stuck ]; then exec sleep infinity; else exec \"$@\"; fi";

std::string seconds_text(Duration delay) {
  const std::string rest = std::to_string(millis(delay) % 1000);
  return std::to_string(millis(delay) / 1000) + "." + std::string(3 - rest.size(), '0') + rest;
}

struct Setup {
  Setup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~Setup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  int prepare(const std::string& directory) {
    sigset_t all{};
    sigset_t none{};
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int failed = posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    if (failed == 0) {
      failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    if (failed == 0) {
      failed = posix_spawn_file_actions_addopen(&actions, 1, "console.log",
                                                O_WRONLY | O_CREAT | O_APPEND, 0600);
    }
    if (failed == 0) failed = posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (failed == 0) failed = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    return failed;
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Result<pid_t> power_on(const PowerOn& vm) {
  Setup setup;
  if (const int failed = setup.prepare(vm.directory); failed != 0) {
    return os::system_error(failed, "preparing to start " + vm.directory);
  }
  std::vector<std::string> argv = {"/bin/sh",
                                   "-c",
                                   firmware,
                                   "firmware",
                                   seconds_text(vm.delay),
                                   vm.end == BootEnd::stuck ? "stuck" : "runs"};
  argv.insert(argv.end(), vm.boot.begin(), vm.boot.end());
  std::vector<std::string> environment = vm.environment;
  const char* path = std::getenv("PATH");
  environment.push_back(std::string("PATH=") +
                        (path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin"));
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, "/bin/sh", &setup.actions, &setup.attributes,
                                 pointers(argv).data(), pointers(environment).data());
  if (failed != 0) return os::system_error(failed, "starting the init of " + vm.directory);
  return pid;
}

}  // namespace edgeherd::local
