#include "agent/link/proc_holders.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/fd.h"

namespace edgeherd::link {

namespace {

using logs::Holders;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool is_number(const char* name) {
  return *name != '\0' && std::all_of(name, name + std::char_traits<char>::length(name),
                                      [](char c) { return c >= '0' && c <= '9'; });
}

// The "flags:" line of /proc/<pid>/fdinfo/<fd> is octal, as open(2) takes them. When it cannot be
// read the descriptor is taken for a writer's.
bool opened_for_writing(const std::string& fdinfo) {
  const os::Fd fd(::open(fdinfo.c_str(), O_RDONLY | O_CLOEXEC));
  char text[256];
  const ssize_t got = fd.open() ? ::read(fd.get(), text, sizeof text) : -1;
  if (got <= 0) return true;
  const std::string_view all(text, static_cast<std::size_t>(got));
  constexpr std::string_view name = "flags:";
  std::size_t at = all.find(name);
  if (at == std::string_view::npos) return true;
  at = all.find_first_not_of(" \t", at + name.size());
  if (at == std::string_view::npos) return true;
  unsigned flags = 0;
  std::from_chars(all.data() + at, all.data() + all.size(), flags, 8);
  return (flags & O_ACCMODE) != O_RDONLY;
}

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
  while (const dirent* entry = ::readdir(directory.get())) {
    if (!is_number(entry->d_name)) continue;
    struct stat found {};
    if (::stat((fds + "/" + entry->d_name).c_str(), &found) != 0) {
      // A process that we may list but not follow.
      if (errno == EACCES || errno == EPERM) return by_name(process);
      continue;
    }
    if (found.st_dev != device || found.st_ino != inode) continue;
    if (opened_for_writing(process + "/fdinfo/" + entry->d_name)) return Holders::some;
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
        [answer, alive = std::weak_ptr<int>(alive_), done = std::move(done)] {
          if (!alive.expired()) done(*answer);
        });
  }

 private:
  Worker& worker_;
  std::string proc_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
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
