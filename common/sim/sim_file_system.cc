#include "common/sim/sim_file_system.h"

#include <algorithm>

#include "common/sim/sim_disk.h"

namespace edgeherd::sim {

namespace {

Error io_error(const std::string& what) {
  return fail(Errc::unavailable, what + ": Input/output error");
}

FileInfo info_of(const Inode& inode) {
  FileInfo info;
  info.size = inode.data.size();
  info.inode = inode.number;
  info.device = 1;
  info.modified = inode.modified;
  info.directory = inode.directory;
  return info;
}

}  // namespace

// Keeps its inode alive after the last name is gone, as an open descriptor does.
class SimFileSystem::SimFile final : public File {
 public:
  SimFile(std::shared_ptr<Disk> disk, std::shared_ptr<Inode> inode, std::string path, OpenMode mode)
      : disk_(std::move(disk)),
        inode_(std::move(inode)),
        path_(std::move(path)),
        mode_(mode),
        generation_(disk_->generation) {}

  Result<std::string> read_at(std::uint64_t offset, std::size_t limit) override {
    if (stale()) return stale_error();
    if (Disk::fails(disk_->faults.failing_reads)) return io_error("reading " + path_);
    if (offset >= inode_->data.size()) return std::string();
    return inode_->data.substr(static_cast<std::size_t>(offset), limit);
  }

  Status append(std::string_view bytes) override {
    if (auto writable = prepare("append"); !writable) return writable;
    if (Disk::fails(disk_->faults.failing_appends)) return io_error("writing " + path_);
    const std::uint64_t used = disk_->used();
    const std::uint64_t room = disk_->capacity > used ? disk_->capacity - used : 0;
    const std::size_t fits = static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()));
    inode_->data.append(bytes.substr(0, fits));
    inode_->modified = disk_->clock.wall();
    if (fits == bytes.size()) return {};
    return fail(Errc::exhausted, "writing " + path_ + ": No space left on device");
  }

  Status truncate(std::uint64_t size) override {
    if (auto writable = prepare("truncate"); !writable) return writable;
    inode_->data.resize(static_cast<std::size_t>(size), '\0');
    inode_->modified = disk_->clock.wall();
    return {};
  }

  Status sync() override {
    if (stale()) return stale_error();
    disk_->before("sync " + path_);
    if (Disk::fails(disk_->faults.failing_syncs)) {
      inode_->lost_writes = true;
      return io_error("syncing " + path_);
    }
    if (!inode_->lost_writes) inode_->durable = inode_->data;
    return {};
  }

  Result<FileInfo> info() override {
    if (stale()) return stale_error();
    return info_of(*inode_);
  }

 private:
  [[nodiscard]] bool stale() const { return generation_ != disk_->generation; }
  [[nodiscard]] Error stale_error() const {
    return fail(Errc::unavailable, path_ + ": was open before a crash");
  }
  Status prepare(const std::string& operation) {
    if (stale()) return stale_error();
    if (mode_ == OpenMode::read) return fail(Errc::invalid, path_ + ": is open for reading only");
    disk_->before(operation + " " + path_);
    return {};
  }

  std::shared_ptr<Disk> disk_;
  std::shared_ptr<Inode> inode_;
  std::string path_;
  OpenMode mode_;
  std::uint64_t generation_;
};

SimFileSystem::SimFileSystem(const Clock& clock) : disk_(std::make_shared<Disk>(clock)) {
  disk_->live["/"] = disk_->make_inode(true);
  disk_->durable = disk_->live;
}

SimFileSystem::~SimFileSystem() = default;

Result<std::unique_ptr<File>> SimFileSystem::open(const std::string& path, OpenMode mode) {
  const std::string name = Disk::normal(path);
  std::shared_ptr<Inode> inode = disk_->find(name);
  if (inode && mode == OpenMode::create_new) {
    return fail(Errc::conflict, "opening " + path + ": File exists");
  }
  if (inode && inode->directory && mode != OpenMode::read) {
    return fail(Errc::invalid, "opening " + path + ": Is a directory");
  }
  if (!inode) {
    if (mode == OpenMode::read) {
      return fail(Errc::not_found, "opening " + path + ": No such file or directory");
    }
    if (auto directory = disk_->find_parent(name); !directory) return directory.error();
    disk_->before("create " + name);
    inode = disk_->make_inode(false);
    disk_->change({{name, inode}});
  }
  return std::unique_ptr<File>(std::make_unique<SimFile>(disk_, std::move(inode), name, mode));
}

Result<FileInfo> SimFileSystem::info(const std::string& path) {
  const auto inode = disk_->find(Disk::normal(path));
  if (!inode) return fail(Errc::not_found, "asking about " + path + ": No such file or directory");
  return info_of(*inode);
}

Result<std::vector<std::string>> SimFileSystem::list(const std::string& directory) {
  const std::string name = Disk::normal(directory);
  const auto inode = disk_->find(name);
  if (!inode) {
    return fail(Errc::not_found, "listing " + directory + ": No such file or directory");
  }
  if (!inode->directory) return fail(Errc::invalid, "listing " + directory + ": Not a directory");
  std::vector<std::string> names;
  for (const auto& [path, child] : disk_->live) {
    if (path != "/" && Disk::parent(path) == name)
      names.push_back(path.substr(path.rfind('/') + 1));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status SimFileSystem::rename(const std::string& from, const std::string& to) {
  const std::string what = "renaming " + from + " to " + to;
  const std::string source = Disk::normal(from);
  const std::string target = Disk::normal(to);
  const auto inode = disk_->find(source);
  if (!inode) return fail(Errc::not_found, what + ": No such file or directory");
  if (auto directory = disk_->find_parent(target); !directory)
    return directory.error().within(what);
  const auto old = disk_->find(target);
  // Nothing here moves directories, so the model does not either.
  if (inode->directory || (old && old->directory)) {
    return fail(Errc::invalid, what + ": Is a directory");
  }
  disk_->before("rename " + source + " " + target);
  if (Disk::fails(disk_->faults.failing_renames)) return io_error(what);
  if (source != target) disk_->change({{source, nullptr}, {target, inode}});
  return {};
}

Status SimFileSystem::remove(const std::string& path) {
  const std::string name = Disk::normal(path);
  const auto inode = disk_->find(name);
  if (!inode) return fail(Errc::not_found, "removing " + path + ": No such file or directory");
  if (inode->directory) {
    auto names = list(path);
    if (!names->empty()) return fail(Errc::conflict, "removing " + path + ": Directory not empty");
  }
  disk_->before("remove " + name);
  disk_->change({{name, nullptr}});
  return {};
}

Status SimFileSystem::make_directories(const std::string& path) {
  const std::string name = Disk::normal(path);
  for (std::size_t slash = name.find('/', 1);; slash = name.find('/', slash + 1)) {
    const std::string part = name.substr(0, slash);
    const auto inode = disk_->find(part);
    if (inode && !inode->directory) {
      return fail(Errc::conflict, "making directory " + part + ": File exists");
    }
    if (!inode) {
      disk_->before("make_directory " + part);
      disk_->change({{part, disk_->make_inode(true)}});
    }
    if (slash == std::string::npos) return {};
  }
}

Status SimFileSystem::sync_directory(const std::string& path) {
  const std::string name = Disk::normal(path);
  const auto inode = disk_->find(name);
  const std::string what = "syncing directory " + path;
  if (!inode) return fail(Errc::not_found, what + ": No such file or directory");
  if (!inode->directory) return fail(Errc::invalid, what + ": Not a directory");
  disk_->before("sync_directory " + name);
  if (Disk::fails(disk_->faults.failing_directory_syncs)) return io_error(what);
  disk_->make_durable(name);
  return {};
}

Result<std::uint64_t> SimFileSystem::free_bytes(const std::string& path) {
  if (!disk_->find(Disk::normal(path))) {
    return fail(Errc::not_found, "asking for the free space of " + path + ": No such file");
  }
  const std::uint64_t used = disk_->used();
  return disk_->capacity > used ? disk_->capacity - used : 0;
}

void SimFileSystem::crash(Random& random) {
  disk_->crash(random);
}

void SimFileSystem::set_capacity(std::uint64_t bytes) {
  disk_->capacity = bytes;
}

DiskFaults& SimFileSystem::faults() {
  return disk_->faults;
}

void SimFileSystem::on_operation(std::function<void(const std::string&)> hook) {
  disk_->hook = std::move(hook);
}

std::uint64_t SimFileSystem::operations() const {
  return disk_->operations;
}

}  // namespace edgeherd::sim
