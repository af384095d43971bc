#include "agent/app/state_lock.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/os/real.h"
#include "common/os/system_error.h"

namespace edgeherd::agent {
namespace {

std::string holder(int file) {
  std::array<char, 24> text{};
  const auto got = ::pread(file, text.data(), text.size(), 0);
  std::string_view id(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  id = id.substr(0, id.find('\n'));
  return id.empty() ? "" : " (process " + std::string(id) + ")";
}

}  // namespace

Result<StateLock> StateLock::take(const std::string& directory) {
  if (auto made = os::make_file_system()->make_directories(directory); !made) {
    return made.error().within("state directory");
  }
  const auto path = directory + "/agent.lock";
  os::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) return os::system_error(errno, "opening " + path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return os::system_error(errno, "locking " + path);
    return fail(Errc::conflict,
                directory + " belongs to another running agent" + holder(file.get()));
  }
  // For people and for the message above. The lock is what counts: a disk that is full of logs must
  // not keep the agent that would ship them from starting.
  const auto id = std::to_string(::getpid()) + '\n';
  if (::ftruncate(file.get(), 0) == 0) (void)(::pwrite(file.get(), id.data(), id.size(), 0) > 0);
  return StateLock(std::move(file));
}

}  // namespace edgeherd::agent
