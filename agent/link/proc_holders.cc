#include "agent/link/proc_holders.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/core/lifetime.h"
#include "common/core/number.h"
#include "common/os/fd.h"

namespace edgeherd::link {

namespace {

using logs::Holders;

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool is_number(const char* name) {
  return *name != '\0' && std::all_of(name, name + std::char_traits<char>::length(name),
                                      [](char c) { return c >= '0' && c <= '9'; });
}

std::string read_some(const std::string& path, std::size_t most) {
  const os::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  while (fd.open() && text.size() < most) {
    char piece[4096];
    const ssize_t got = ::read(fd.get(), piece, sizeof piece);
    if (got <= 0) break;
    text.append(piece, static_cast<std::size_t>(got));
  }
  return text;
}

// What the kernel says of a descriptor (/proc/<pid>/fdinfo/<fd>) without asking its file system.
struct FdInfo {
  std::optional<std::uint64_t> flags;  // as open(2) takes them
  std::optional<std::uint64_t> mount;
};

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name, int base) {
  std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  at = text.find_first_not_of(" \t", at + name.size());
  if (at == std::string_view::npos) return std::nullopt;
  return parse_number<std::uint64_t>(text.substr(at, text.find('\n', at) - at), base);
}

FdInfo read_fdinfo(const std::string& path) {
  const std::string text = read_some(path, 256);
  return {number_after(text, "flags:", 8), number_after(text, "mnt_id:", 10)};
}

// One whose flags cannot be read is taken for a writer's.
bool is_for_writing(const FdInfo& info) {
  return !info.flags || (*info.flags & O_ACCMODE) != O_RDONLY;
}

// The mounts that a process sees (/proc/<pid>/mountinfo, proc(5)).
class Mounts {
 public:
  explicit Mounts(std::string path) : path_(std::move(path)) {}

  // Whether it is one of a network, or of a program, which may not answer any more: another one
  // than that of `device`, which somebody logs to.
  bool may_hang(std::uint64_t mount, std::uint64_t device) {
    if (!lines_) lines_ = "\n" + read_some(path_, most_bytes);
    const std::size_t at = lines_->find("\n" + std::to_string(mount) + " ");
    if (at == std::string::npos) return false;
    const std::string line = lines_->substr(at + 1, lines_->find('\n', at + 1) - at - 1);
    unsigned major_number = 0;
    unsigned minor_number = 0;
    if (std::sscanf(line.c_str(), "%*u %*u %u:%u", &major_number, &minor_number) != 2) return false;
    const std::size_t type = line.find(" - ");
    if (type == std::string::npos || device == makedev(major_number, minor_number)) return false;
    return is_remote(std::string_view(line).substr(type + 3));
  }

 private:
  static constexpr std::size_t most_bytes = 1024 * 1024;

  static bool is_remote(std::string_view type) {
    constexpr std::array<std::string_view, 10> remote{
        "nfs", "cifs", "smb", "fuse.", "fuse ", "ceph", "9p", "lustre", "afs", "virtiofs"};
    return std::ranges::any_of(remote, [&](auto one) { return type.starts_with(one); });
  }

  std::string path_;
  std::optional<std::string> lines_;  // each behind a line break
};

// Of a process that we may not look into everybody may still read the name.
Holders by_name(const std::string& process) {
  const os::Fd fd(::open((process + "/comm").c_str(), O_RDONLY | O_CLOEXEC));
  char name[64];
  const ssize_t got = fd.open() ? ::read(fd.get(), name, sizeof name) : -1;
  if (got <= 0) return Holders::none;  // it has ended meanwhile
  const std::string_view text(name, static_cast<std::size_t>(got));
  return text.starts_with(log_writer) ? Holders::unknown : Holders::none;
}

Holders look_into(const std::string& process, std::uint64_t device, std::uint64_t inode) {
  const std::string fds = process + "/fd";
  const Directory directory(::opendir(fds.c_str()));
  if (!directory) {
    return errno == EACCES || errno == EPERM ? by_name(process) : Holders::none;
  }
  Mounts mounts(process + "/mountinfo");
  while (const dirent* entry = ::readdir(directory.get())) {
    if (!is_number(entry->d_name)) continue;
    const std::string link = fds + "/" + entry->d_name;
    char first = '\0';
    if (::readlink(link.c_str(), &first, 1) < 0) {
      // A process that we may list but not follow.
      if (errno == EACCES || errno == EPERM) return by_name(process);
      continue;
    }
    if (is_letter(first)) continue;  // "socket:[7]", "pipe:[7]", "anon_inode:..."
    const FdInfo info = read_fdinfo(process + "/fdinfo/" + entry->d_name);
    if (!is_for_writing(info) || (info.mount && mounts.may_hang(*info.mount, device))) continue;
    struct stat found {};
    if (::stat(link.c_str(), &found) != 0) continue;
    if (found.st_dev == device && found.st_ino == inode) return Holders::some;
  }
  return Holders::none;
}

class ProcHolders final : public logs::HolderProbe {
 public:
  ProcHolders(Worker& worker, std::string proc) : worker_(worker), proc_(std::move(proc)) {}

  void probe(std::uint64_t device, std::uint64_t inode,
             std::function<void(Holders)> done) override {
    auto answer = std::make_shared<Holders>(Holders::unknown);
    worker_.run(
        [answer, proc = proc_, device, inode] { *answer = find_holders(proc, device, inode); },
        lifetime_.bind([answer, done = std::move(done)] { done(*answer); }));
  }

 private:
  Worker& worker_;
  std::string proc_;
  Lifetime lifetime_;
};

}  // namespace

Holders find_holders(const std::string& proc, std::uint64_t device, std::uint64_t inode) {
  const Directory directory(::opendir(proc.c_str()));
  if (!directory) return Holders::unknown;
  // Process 1 is always there: who does not see it does not see others either (hidepid).
  struct stat first {};
  const bool hidden = ::stat((proc + "/1").c_str(), &first) != 0;
  Holders answer = hidden ? Holders::unknown : Holders::none;
  const std::string self = std::to_string(::getpid());
  while (const dirent* entry = ::readdir(directory.get())) {
    if (!is_number(entry->d_name) || self == entry->d_name) continue;
    const Holders one = look_into(proc + "/" + entry->d_name, device, inode);
    if (one == Holders::some) return one;
    if (one == Holders::unknown) answer = one;
  }
  return answer;
}

std::unique_ptr<logs::HolderProbe> make_proc_holders(Worker& worker, std::string proc) {
  return std::make_unique<ProcHolders>(worker, std::move(proc));
}

}  // namespace edgeherd::link
