#include "coordinator/store/writer_lock.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace edgeherd::store {

namespace {

std::string holder_of(int fd) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  std::string_view pid(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  pid = pid.substr(0, pid.find('\n'));
  return pid.empty() ? "unknown" : std::string(pid);
}

}  // namespace

Result<WriterLock> WriterLock::take(const std::string& path) {
  const std::string lock_path = path + ".lock";
  const int fd = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    const int reason = errno;
    const Errc code = reason == ENOENT   ? Errc::not_found
                      : reason == ENOSPC ? Errc::exhausted
                                         : Errc::refused;
    return fail(code, lock_path + ": " + std::generic_category().message(reason));
  }
  WriterLock lock(fd);
  // flock belongs to the open file: unlike fcntl's lock it also holds between two users in one
  // process, and closing another descriptor of the file does not drop it.
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fail(Errc::unavailable, lock_path + ": " + std::generic_category().message(errno));
    }
    return fail(Errc::conflict, path + ": in use by another coordinator, process " + holder_of(fd));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // Not being able to write the id (a full disk) does not weaken the lock, only its message.
  if (::ftruncate(fd, 0) == 0) static_cast<void>(::pwrite(fd, pid.data(), pid.size(), 0) > 0);
  return lock;
}

WriterLock::~WriterLock() {
  // The file stays: removing it would let two processes lock two files of the same name.
  if (fd_ >= 0) ::close(fd_);
}

WriterLock::WriterLock(WriterLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

}  // namespace edgeherd::store
