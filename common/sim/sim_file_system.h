// A file system in memory that forgets what was not synced: FileSystem's twin.
//
// What is modelled: data becomes durable with File::sync() alone; creating, renaming and removing
// a name becomes durable with sync_directory() alone (of any directory the operation touched).
// crash() keeps a random prefix of the operations that were not synced yet, and of each file a
// random, possibly torn, part of what was appended after its last sync. A failed sync loses the
// data it was to write, and a later sync that succeeds does not bring it back (as Linux does).
// Thread: one, unlike the real twin, since a simulation has one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/file_system.h"
#include "common/core/random.h"

namespace edgeherd::sim {

// The next so many operations of a kind fail with an input/output error (`unavailable`).
struct DiskFaults {
  int failing_appends = 0;
  int failing_syncs = 0;
  int failing_directory_syncs = 0;
  int failing_renames = 0;
  int failing_reads = 0;
};

class SimFileSystem final : public FileSystem {
 public:
  static constexpr std::uint64_t default_capacity = 1ULL << 30;

  explicit SimFileSystem(const Clock& clock);
  ~SimFileSystem() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

  // The power goes: see above. Files that were open answer `unavailable` from then on.
  void crash(Random& random);

  // Bytes of data that fit; a full disk takes what fits and then answers `exhausted`.
  void set_capacity(std::uint64_t bytes);
  [[nodiscard]] DiskFaults& faults();

  // Called before each operation that changes something ("append /x", "rename /x /y"): a test may
  // throw there, to stop its subject at every single step, and then crash().
  void on_operation(std::function<void(const std::string&)> hook);
  [[nodiscard]] std::uint64_t operations() const;

 private:
  class SimFile;
  struct Disk;
  std::shared_ptr<Disk> disk_;
};

}  // namespace edgeherd::sim
