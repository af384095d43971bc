// LogArchive in a directory: the embedded default. Nodes PUT to the coordinator's own
// FileArchiveEndpoint; the coordinator reads the files.
//
// Verifying always reads and hashes the file: a disk keeps no checksum of its own.
// Thread: the loop's; disk work runs on `worker`. Loop and worker outlive the archive.
#pragma once

#include <memory>
#include <string>

#include "common/archive/archive.h"
#include "common/archive/file_store.h"
#include "common/core/event_loop.h"
#include "common/core/lifetime.h"

namespace edgeherd::archive {

struct FileConfig {
  std::string prefix;      // as clean_prefix() returns it
  std::string public_url;  // "http://10.0.0.1:8080": the coordinator, as the nodes reach it
  std::string secret;      // signs the grants; at least min_secret_bytes, the endpoint's too
};

class FileArchive final : public LogArchive {
 public:
  // `invalid` when the secret is too short or the URL is not one.
  [[nodiscard]] static Result<std::unique_ptr<FileArchive>> make(FileConfig config,
                                                                 std::shared_ptr<FileStore> store,
                                                                 Worker& worker);
  ~FileArchive() override;

  Result<Grant> grant_put(const PutSpec& spec, WallTime now) override;
  void verify(std::string key, Expected expected, VerifyDone done) override;
  void read(std::string key, std::size_t limit, ReadDone done) override;
  void list(std::string key_prefix, ListDone done) override;
  void check(CheckDone done) override;

 private:
  FileArchive(FileConfig config, std::shared_ptr<FileStore> store, Worker& worker);
  template <class T>
  void run(std::function<T()> work, std::function<void(T)> done);

  const FileConfig config_;
  const std::shared_ptr<FileStore> store_;
  Worker& worker_;
  Lifetime lifetime_;  // gone with the archive
};

}  // namespace edgeherd::archive
