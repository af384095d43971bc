#include "coordinator/dns/file/replace_file.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/fd.h"
#include "common/os/system_error.h"

namespace edgeherd::dns {

namespace {

Status write_all(int fd, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return os::system_error(errno, "writing " + path);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd) != 0) return os::system_error(errno, "syncing " + path);
  return {};
}

Status take_over_identity(int fd, const std::string& path, const std::string& old) {
  struct stat found {};
  const bool exists = ::stat(old.c_str(), &found) == 0;
  if (::fchmod(fd, exists ? found.st_mode & 07777 : 0644) != 0) {
    return os::system_error(errno, "setting the mode of " + path);
  }
  if (!exists || (found.st_uid == ::geteuid() && found.st_gid == ::getegid())) return {};
  if (::fchown(fd, found.st_uid, found.st_gid) != 0) {
    return os::system_error(errno, "giving " + path + " the owner of " + old);
  }
  return {};
}

Status write_and_rename(const std::string& fresh, const std::string& path, std::string_view text) {
  const os::Fd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.open()) return os::system_error(errno, "creating " + fresh);
  if (auto written = write_all(fd.get(), fresh, text); !written) return written;
  if (auto same = take_over_identity(fd.get(), fresh, path); !same) return same;
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    return os::system_error(errno, "replacing " + path);
  }
  return {};
}

}  // namespace

Status replace_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  if (auto replaced = write_and_rename(fresh, path, text); !replaced) {
    std::remove(fresh.c_str());
    return replaced;
  }
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const os::Fd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open() || ::fsync(directory.get()) != 0) {
    return os::system_error(errno, "syncing " + parent);
  }
  return {};
}

}  // namespace edgeherd::dns
