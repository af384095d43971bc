#include "common/sim/sim_disk.h"

#include <algorithm>
#include <set>

namespace edgeherd::sim {

namespace {

void apply_changes(Entries& entries, const std::vector<NameChange>& changes) {
  for (const NameChange& change : changes) {
    if (change.inode)
      entries[change.path] = change.inode;
    else
      entries.erase(change.path);
  }
}

// What a crash leaves of a file: all that was synced, and some of what came after it.
std::string survivor(const Inode& inode, Random& random) {
  if (inode.lost_writes) return inode.durable;
  if (!inode.data.starts_with(inode.durable)) {
    // Truncated after the last sync: the old size or the new one.
    return random.below(2) == 0 ? inode.durable : inode.data;
  }
  const std::size_t extra = inode.data.size() - inode.durable.size();
  const std::size_t kept = random.below(extra + 1);
  std::string left = inode.data.substr(0, inode.durable.size() + kept);
  // The size may reach the disk before the data does: then there are zeros at the end.
  const bool torn = kept > 0 && random.below(4) == 0;
  const std::size_t zeros = torn ? 1 + random.below(kept) : 0;
  std::fill(left.end() - static_cast<std::ptrdiff_t>(zeros), left.end(), '\0');
  return left;
}

}  // namespace

std::string SimFileSystem::Disk::normal(const std::string& path) {
  std::string result;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (!part.empty() && part != ".") result += "/" + part;
    begin = end + 1;
  }
  return result.empty() ? "/" : result;
}

std::string SimFileSystem::Disk::parent(const std::string& normal_path) {
  const auto slash = normal_path.rfind('/');
  return slash == 0 ? "/" : normal_path.substr(0, slash);
}

std::shared_ptr<Inode> SimFileSystem::Disk::find(const std::string& path) const {
  const auto found = live.find(path);
  return found == live.end() ? nullptr : found->second;
}

Result<std::shared_ptr<Inode>> SimFileSystem::Disk::find_parent(const std::string& path) const {
  auto directory = find(parent(path));
  if (!directory) return fail(Errc::not_found, path + ": no such directory");
  if (!directory->directory) return fail(Errc::invalid, path + ": not a directory");
  return directory;
}

std::shared_ptr<Inode> SimFileSystem::Disk::make_inode(bool directory) {
  auto inode = std::make_shared<Inode>();
  inode->number = ++last_inode;
  inode->directory = directory;
  inode->modified = clock.wall();
  return inode;
}

void SimFileSystem::Disk::change(std::vector<NameChange> changes) {
  apply_changes(live, changes);
  pending.push_back(std::move(changes));
}

// Changes that touch the directory become durable, and so do those before them that touch a
// directory they share: a rename between two directories never leaves two names.
void SimFileSystem::Disk::make_durable(const std::string& directory) {
  std::set<std::string> touched{directory};
  std::vector<bool> chosen(pending.size(), false);
  for (std::size_t i = pending.size(); i-- > 0;) {
    const auto& changes = pending[i];
    chosen[i] = std::any_of(changes.begin(), changes.end(), [&](const NameChange& change) {
      return touched.contains(parent(change.path));
    });
    if (!chosen[i]) continue;
    for (const NameChange& change : changes) touched.insert(parent(change.path));
  }
  std::vector<std::vector<NameChange>> left;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (chosen[i])
      apply_changes(durable, pending[i]);
    else
      left.push_back(std::move(pending[i]));
  }
  pending = std::move(left);
}

void SimFileSystem::Disk::crash(Random& random) {
  ++generation;
  const std::size_t survive = random.below(pending.size() + 1);
  for (std::size_t i = 0; i < survive; ++i) apply_changes(durable, pending[i]);
  pending.clear();
  // A name below a directory that did not survive is gone with it.
  std::erase_if(durable, [this](const auto& entry) {
    return entry.first != "/" && !durable.contains(parent(entry.first));
  });
  live = durable;
  std::set<Inode*> seen;
  for (const auto& [path, inode] : live) {
    if (inode->directory || !seen.insert(inode.get()).second) continue;
    inode->data = survivor(*inode, random);
    inode->durable = inode->data;
    inode->lost_writes = false;
  }
}

std::uint64_t SimFileSystem::Disk::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, inode] : live) bytes += inode->data.size();
  return bytes;
}

void SimFileSystem::Disk::before(const std::string& operation) {
  ++operations;
  if (hook) hook(operation);
}

}  // namespace edgeherd::sim
