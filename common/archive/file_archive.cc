#include "common/archive/file_archive.h"

#include <optional>

#include "common/archive/put_grant.h"

namespace edgeherd::archive {

FileArchive::FileArchive(FileConfig config, std::shared_ptr<FileStore> store, Worker& worker)
    : LogArchive(config.prefix),
      config_(std::move(config)),
      store_(std::move(store)),
      worker_(worker) {}

FileArchive::~FileArchive() = default;

Result<std::unique_ptr<FileArchive>> FileArchive::make(FileConfig config,
                                                       std::shared_ptr<FileStore> store,
                                                       Worker& worker) {
  if (config.secret.size() < min_secret_bytes) {
    return fail(Errc::invalid, "the secret that signs uploads has fewer than " +
                                   std::to_string(min_secret_bytes) + " bytes");
  }
  while (config.public_url.ends_with('/')) config.public_url.pop_back();
  if (!config.public_url.starts_with("http://") && !config.public_url.starts_with("https://")) {
    return fail(Errc::invalid, "the coordinator's public URL '" + config.public_url +
                                   "' does not begin with http:// or https://");
  }
  return std::unique_ptr<FileArchive>(new FileArchive(std::move(config), std::move(store), worker));
}

// `work` on the worker, then `done` with its result on the loop, unless the archive is gone by
// then.
template <class T>
void FileArchive::run(std::function<T()> work, std::function<void(T)> done) {
  auto result = std::make_shared<std::optional<T>>();
  worker_.run([work = std::move(work), result] { result->emplace(work()); },
              lifetime_.bind([done = std::move(done), result] { done(std::move(**result)); }));
}

Result<Grant> FileArchive::grant_put(const PutSpec& spec, WallTime now) {
  if (auto good = check_put(spec, prefix()); !good) return good.error();
  return sign_file_put(spec, config_.public_url, config_.secret, now);
}

void FileArchive::verify(std::string key, Expected expected, VerifyDone done) {
  run<Result<Verification>>(
      [store = store_, key = std::move(key), expected = std::move(expected)] {
        return store->verify(key, expected);
      },
      std::move(done));
}

void FileArchive::read(std::string key, std::size_t limit, ReadDone done) {
  run<Result<std::string>>(
      [store = store_, key = std::move(key), limit] { return store->read(key, limit); },
      std::move(done));
}

void FileArchive::list(std::string key_prefix, ListDone done) {
  if (key_prefix.empty() && !prefix().empty()) key_prefix = prefix() + "/";
  run<Result<std::vector<ObjectInfo>>>(
      [store = store_, key_prefix = std::move(key_prefix)] { return store->list(key_prefix); },
      std::move(done));
}

void FileArchive::check(CheckDone done) {
  run<Status>([store = store_] { return store->probe(); }, std::move(done));
}

}  // namespace edgeherd::archive
