#include "common/os/proc_file.h"

#include <cerrno>

#include <fcntl.h>

#include "common/os/system_error.h"

namespace edgeherd::os {

Result<HeldFile> HeldFile::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.open()) return system_error(errno, "opening " + path);
  return HeldFile(std::move(fd), path);
}

Result<std::string_view> HeldFile::read() {
  std::size_t size = 0;
  // A short read is not the end: the kernel hands out long tables a page at a time.
  for (;;) {
    if (size == buffer_.size()) {
      if (size >= size_limit) {
        return fail(Errc::exhausted,
                    path_ + ": larger than " + std::to_string(size_limit) + " bytes");
      }
      buffer_.resize(buffer_.size() * 2);
    }
    const ssize_t got =
        ::pread(fd_.get(), buffer_.data() + size, buffer_.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, "reading " + path_);
    if (got == 0) return std::string_view(buffer_.data(), size);
    size += static_cast<std::size_t>(got);
  }
}

}  // namespace edgeherd::os
