// Objects as files under one directory: what FileArchive reads and its endpoint writes.
//
// The object of key "a/b" is the file DIRECTORY/a/b. It appears whole or not at all: it is written
// to DIRECTORY/.incoming, synced, renamed, and the directories above it are synced. Only one
// program writes to a directory at a time (a second one loses nothing, but may find its uploads
// refused).
//
// Thread: safe from any thread, as FileSystem is. Errors name the path.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/archive/archive.h"
#include "common/core/file_system.h"
#include "common/core/random.h"
#include "common/core/result.h"

namespace edgeherd::archive {

class FileStore {
 public:
  // Makes the directory if it is not there, and removes what a crash left in .incoming; when that
  // fails now it is tried again before each use, which fails until it works. `invalid` for a
  // directory that is none. `files` outlives the store.
  [[nodiscard]] static Result<std::shared_ptr<FileStore>> open(std::string directory,
                                                               FileSystem& files, Random& random);

  // `conflict` when overwriting is forbidden and the object exists; `exhausted` on a full disk.
  Status put(const std::string& key, std::string_view bytes, Overwrite overwrite);
  // `not_found`, or `exhausted` when it is larger than `limit`.
  [[nodiscard]] Result<std::string> read(const std::string& key, std::size_t limit) const;
  // Reads in pieces; an error only when the disk fails.
  [[nodiscard]] Result<Verification> verify(const std::string& key, const Expected& expected) const;
  [[nodiscard]] Result<std::vector<ObjectInfo>> list(const std::string& key_prefix) const;
  // Writes and removes a small file.
  Status probe();

 private:
  FileStore(std::string directory, FileSystem& files, std::string instance)
      : directory_(std::move(directory)), files_(files), instance_(std::move(instance)) {}

  [[nodiscard]] std::string path_of(const std::string& key) const { return directory_ + "/" + key; }
  [[nodiscard]] std::string incoming() const;
  Status ready() const;
  [[nodiscard]] std::string temporary();
  Status write_temporary(const std::string& path, std::string_view bytes);
  Status sync_up(std::string directory, const std::string& last) const;
  Status walk(const std::string& directory, const std::string& key, const std::string& key_prefix,
              int depth, std::vector<ObjectInfo>& found) const;

  const std::string directory_;
  FileSystem& files_;
  const std::string instance_;  // keeps the temporary files of two programs apart
  std::atomic<std::uint64_t> counter_{0};
  mutable std::atomic<bool> ready_{false};
  mutable std::mutex preparing_;
};

}  // namespace edgeherd::archive
