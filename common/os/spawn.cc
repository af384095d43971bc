#include "common/os/spawn.h"

#include <cerrno>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/os/fd.h"
#include "common/os/system_error.h"

namespace edgeherd::os {

namespace {

struct SpawnSetup {
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

// The child's input as a file in memory: nobody has to feed a pipe while the child reads it.
Result<Fd> input_file(const std::string& text) {
  Fd file(::memfd_create("edgeherd-input", MFD_CLOEXEC));
  if (!file.open()) return system_error(errno, "making a file in memory");
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t part = ::write(file.get(), text.data() + written, text.size() - written);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) return system_error(errno, "writing a file in memory");
    written += static_cast<std::size_t>(part);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

int prepare(SpawnSetup& setup, const ProcessSpec& spec, int input_fd, int output_fd, int error_fd) {
  sigset_t all{};
  sigset_t none{};
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&setup.attributes, &all);
  posix_spawnattr_setsigmask(&setup.attributes, &none);
  posix_spawnattr_setpgroup(&setup.attributes, 0);
  posix_spawnattr_setflags(&setup.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  int failed = input_fd >= 0
                   ? posix_spawn_file_actions_adddup2(&setup.actions, input_fd, 0)
                   : posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(&setup.actions, output_fd, 1);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(&setup.actions, error_fd, 2);
  // Asio opens sockets without close-on-exec, so everything above 2 is closed here.
  if (failed == 0) failed = posix_spawn_file_actions_addclosefrom_np(&setup.actions, 3);
  if (failed == 0 && !spec.directory.empty()) {
    failed = posix_spawn_file_actions_addchdir_np(&setup.actions, spec.directory.c_str());
  }
  return failed;
}

// Our environment with the variables of `added` set or replaced.
std::vector<std::string> merged_environment(const std::vector<std::string>& added) {
  std::vector<std::string> merged = added;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& other : added) replaced = replaced || other.starts_with(name);
    if (!replaced) merged.emplace_back(text);
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Result<pid_t> spawn(const ProcessSpec& spec, int output_fd, int error_fd) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return fail(Errc::invalid, "no program given to run");
  }
  Fd input;
  if (!spec.input.empty()) {
    auto file = input_file(spec.input);
    if (!file) return file.error().within("starting " + spec.argv.front());
    input = std::move(*file);
  }
  SpawnSetup setup;
  if (const int failed = prepare(setup, spec, input.get(), output_fd, error_fd); failed != 0) {
    return system_error(failed, "preparing to start " + spec.argv.front());
  }
  std::vector<std::string> argv = spec.argv;
  std::vector<std::string> environment = merged_environment(spec.environment);
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, argv.front().c_str(), &setup.actions, &setup.attributes,
                                  pointers(argv).data(), pointers(environment).data());
  if (failed != 0) return system_error(failed, "starting " + spec.argv.front());
  return pid;
}

}  // namespace edgeherd::os
