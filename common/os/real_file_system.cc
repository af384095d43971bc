#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/os/fd.h"
#include "common/os/real.h"
#include "common/os/system_error.h"

namespace edgeherd::os {

namespace {

// One read hands out at most this much, whatever the caller's limit says.
constexpr std::size_t max_read_bytes = 1024 * 1024;

FileInfo info_of(const struct stat& found) {
  FileInfo info;
  info.size = static_cast<std::uint64_t>(found.st_size);
  info.inode = found.st_ino;
  info.device = found.st_dev;
  info.modified = WallTime{std::chrono::seconds{found.st_mtim.tv_sec} +
                           std::chrono::nanoseconds{found.st_mtim.tv_nsec}};
  info.directory = S_ISDIR(found.st_mode);
  info.executable = (found.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  return info;
}

class RealFile final : public File {
 public:
  RealFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::string> read_at(std::uint64_t offset, std::size_t limit) override {
    std::string bytes(std::min(limit, max_read_bytes), '\0');
    ssize_t got = 0;
    do {
      got = ::pread(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return system_error(errno, "reading " + path_);
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return system_error(errno, "writing " + path_);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  }

  Status truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
      return system_error(errno, "truncating " + path_);
    }
    return {};
  }

  // fsync, not fdatasync: the size and the time of a ledger are evidence too. A failed fsync is
  // not tried again, since the kernel may have dropped the dirty pages.
  Status sync() override {
    if (::fsync(fd_.get()) != 0) return system_error(errno, "syncing " + path_);
    return {};
  }

  Result<FileInfo> info() override {
    struct stat found {};
    if (::fstat(fd_.get(), &found) != 0) return system_error(errno, "asking about " + path_);
    return info_of(found);
  }

 private:
  Fd fd_;
  std::string path_;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return O_RDONLY | O_CLOEXEC |
             O_NONBLOCK;  // or a pipe holds up the loop until it has a writer
    case OpenMode::append:
      return O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC;
    case OpenMode::create_new:
      return O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC;
  }
  return O_RDONLY | O_CLOEXEC;
}

class RealFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    Fd fd(::open(path.c_str(), flags_of(mode), 0600));
    if (!fd.open()) return system_error(errno, "opening " + path);
    struct stat found {};
    if (::fstat(fd.get(), &found) != 0) return system_error(errno, "asking about " + path);
    if (S_ISFIFO(found.st_mode) || S_ISSOCK(found.st_mode))
      return fail(Errc::invalid, path + " is a pipe, and no file");
    return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), path));
  }

  Result<FileInfo> info(const std::string& path) override {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return system_error(errno, "asking about " + path);
    return info_of(found);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> open_directory(::opendir(directory.c_str()),
                                                             &::closedir);
    if (!open_directory) return system_error(errno, "listing " + directory);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(open_directory.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return system_error(errno, "listing " + directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return system_error(errno, "renaming " + from + " to " + to);
    }
    return {};
  }

  Status rename_new(const std::string& from, const std::string& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    // NFS and some FUSE file systems do not know the flag; a second link refuses to replace as
    // well.
    if (errno != EINVAL && errno != ENOSYS) {
      return system_error(errno, "renaming " + from + " to " + to);
    }
    if (::link(from.c_str(), to.c_str()) != 0) {
      return system_error(errno, "linking " + from + " to " + to);
    }
    return remove(from);
  }

  Status remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0) return system_error(errno, "removing " + path);
    return {};
  }

  Status make_directories(const std::string& path) override {
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
      const std::string part = path.substr(0, slash);
      if (::mkdir(part.c_str(), 0755) != 0) {
        const int reason = errno;
        struct stat found {};
        const bool there = ::stat(part.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
        if (!there) return system_error(reason, "making directory " + part);
      }
      if (slash == std::string::npos) return {};
    }
  }

  Status sync_directory(const std::string& path) override {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.open() || ::fsync(fd.get()) != 0) {
      return system_error(errno, "syncing directory " + path);
    }
    return {};
  }

  Result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs found {};
    if (::statvfs(path.c_str(), &found) != 0) {
      return system_error(errno, "asking for the free space of " + path);
    }
    if ((found.f_flag & ST_RDONLY) != 0) return std::uint64_t{0};
    return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_file_system() {
  return std::make_unique<RealFileSystem>();
}

}  // namespace edgeherd::os
