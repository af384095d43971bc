// The state behind SimFileSystem: inodes, directories, and the operations that are not durable yet.
// Inside common/sim only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/random.h"
#include "common/sim/sim_file_system.h"

namespace edgeherd::sim {

struct Inode {
  std::uint64_t number = 0;
  bool directory = false;
  std::string data;          // what a reader sees
  std::string durable;       // what a crash leaves for certain
  bool lost_writes = false;  // a sync failed: what is not durable now never will be
  WallTime modified{};
};

using Entries = std::map<std::string, std::shared_ptr<Inode>>;  // normal path to inode

// One change of names: `path` now means `inode` (null: nothing).
struct NameChange {
  std::string path;
  std::shared_ptr<Inode> inode;
};

struct SimFileSystem::Disk {
  explicit Disk(const Clock& when) : clock(when) {}

  // "/a/b" for "/a//b/", "a/b" and "/a/./b".
  [[nodiscard]] static std::string normal(const std::string& path);
  [[nodiscard]] static std::string parent(const std::string& normal_path);

  [[nodiscard]] std::shared_ptr<Inode> find(const std::string& path) const;
  [[nodiscard]] Result<std::shared_ptr<Inode>> find_parent(const std::string& path) const;
  std::shared_ptr<Inode> make_inode(bool directory);
  // Applies it to what is seen now and remembers it until it is synced.
  void change(std::vector<NameChange> changes);
  void make_durable(const std::string& directory);
  void crash(Random& random);
  [[nodiscard]] std::uint64_t used() const;
  // True, and one less to come, when this operation is to fail.
  static bool fails(int& count) { return count > 0 && count-- > 0; }
  void before(const std::string& operation);

  const Clock& clock;
  Entries live;
  Entries durable;
  std::vector<std::vector<NameChange>> pending;  // oldest first, each atomic
  DiskFaults faults;
  std::uint64_t capacity = default_capacity;
  std::uint64_t last_inode = 0;
  std::uint64_t generation = 0;  // counts crashes
  std::uint64_t operations = 0;
  std::function<void(const std::string&)> hook;
};

}  // namespace edgeherd::sim
