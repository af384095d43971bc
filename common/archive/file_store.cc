#include "common/archive/file_store.h"

#include <algorithm>

#include "common/crypto/digest.h"

namespace edgeherd::archive {

namespace {

constexpr std::string_view incoming_name = ".incoming";
constexpr std::size_t piece_bytes = 256 * 1024;
constexpr int max_depth = 32;

Status check_file_key(const std::string& key) {
  if (auto good = check_key(key); !good) return good;
  const std::string_view first = std::string_view(key).substr(0, key.find('/'));
  if (first == incoming_name) return fail(Errc::invalid, "'" + key + "' is a reserved key");
  return {};
}

}  // namespace

std::string FileStore::incoming() const {
  return path_of(std::string(incoming_name));
}

std::string FileStore::temporary() {
  return incoming() + "/" + instance_ + "-" + std::to_string(counter_.fetch_add(1));
}

Result<std::shared_ptr<FileStore>> FileStore::open(std::string directory, FileSystem& files,
                                                   Random& random) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  if (!directory.starts_with('/')) {
    return fail(Errc::invalid, "the archive's directory '" + directory + "' is not absolute");
  }
  if (directory == "/") return fail(Errc::invalid, "the archive's directory must not be '/'");
  // make_shared cannot reach the private constructor.
  std::shared_ptr<FileStore> store(new FileStore(std::move(directory), files, random.token(12)));
  // A disk that is away now may be back when it is needed: the fleet must not wait for it.
  (void)store->ready();
  return store;
}

Status FileStore::ready() const {
  if (ready_.load()) return {};
  const std::lock_guard lock(preparing_);
  if (ready_.load()) return {};
  if (auto made = files_.make_directories(incoming()); !made) {
    return made.error().within("the archive's directory");
  }
  // Made just now or by somebody who crashed: it must outlive the first answered upload.
  // Directories above that we may not read are not of our making.
  if (auto synced = sync_up(incoming(), "/"); !synced && synced.error().code != Errc::refused) {
    return synced.error().within("the archive's directory");
  }
  auto left = files_.list(incoming());
  if (!left) return left.error().within("the archive's directory");
  for (const auto& name : *left) {
    if (auto gone = files_.remove(incoming() + "/" + name); !gone) {
      return gone.error().within("clearing unfinished uploads");
    }
  }
  ready_.store(true);
  return {};
}

Status FileStore::write_temporary(const std::string& path, std::string_view bytes) {
  auto file = files_.open(path, OpenMode::create_new);
  if (!file) return file.error();
  if (auto written = (*file)->append(bytes); !written) return written;
  return (*file)->sync();
}

// Syncs `directory` and those above it, up to and with `last`.
Status FileStore::sync_up(std::string directory, const std::string& last) const {
  for (;;) {
    if (auto synced = files_.sync_directory(directory); !synced) return synced;
    if (directory == last) return {};
    directory = parent_of(directory);
  }
}

Status FileStore::put(const std::string& key, std::string_view bytes, Overwrite overwrite) {
  if (auto good = check_file_key(key); !good) return good;
  if (auto is_ready = ready(); !is_ready) return is_ready;
  const std::string path = path_of(key);
  if (overwrite == Overwrite::forbid) {
    const auto there = files_.info(path);
    if (there) return fail(Errc::conflict, "'" + key + "' exists already");
    if (there.error().code != Errc::not_found) return there.error();
  }
  if (auto made = files_.make_directories(parent_of(path)); !made) return made;

  const std::string unfinished = temporary();
  Status done = write_temporary(unfinished, bytes);
  if (done) {
    done = overwrite == Overwrite::forbid ? files_.rename_new(unfinished, path)
                                          : files_.rename(unfinished, path);
  }
  if (!done) {
    (void)files_.remove(unfinished);
    return done;
  }
  // All of them, each time: a directory that stands there may be one whose making was never synced,
  // because the upload that needed it failed.
  return sync_up(parent_of(path), directory_);
}

Result<std::string> FileStore::read(const std::string& key, std::size_t limit) const {
  if (auto good = check_file_key(key); !good) return good.error();
  if (auto is_ready = ready(); !is_ready) return is_ready.error();
  return files_.read_whole(path_of(key), limit);
}

Result<Verification> FileStore::verify(const std::string& key, const Expected& expected) const {
  if (auto good = check_file_key(key); !good) return good.error();
  if (auto good = check_expected(key, expected); !good) return good.error();
  // Not prepared is not empty: nothing may be called missing then.
  if (auto is_ready = ready(); !is_ready) return is_ready.error();
  auto file = files_.open(path_of(key), OpenMode::read);
  if (!file && file.error().code == Errc::not_found) return Verification{};
  if (!file) return file.error();
  const auto info = (*file)->info();
  if (!info) return info.error();
  if (info->size != expected.bytes) return Verification{Verdict::different, Evidence::length};

  crypto::Digest digest(crypto::DigestKind::sha256);
  for (std::uint64_t at = 0; at < info->size;) {
    auto piece = (*file)->read_at(at, piece_bytes);
    if (!piece) return piece.error();
    if (piece->empty()) return Verification{Verdict::different, Evidence::length};
    digest.update(*piece);
    at += piece->size();
  }
  const bool same = crypto::to_hex(digest.finish()) == expected.sha256_hex;
  return Verification{same ? Verdict::stored : Verdict::different, Evidence::read};
}

Status FileStore::walk(const std::string& directory, const std::string& key,
                       const std::string& key_prefix, int depth,
                       std::vector<ObjectInfo>& found) const {
  if (depth > max_depth) {
    return fail(Errc::exhausted,
                directory + ": more than " + std::to_string(max_depth) + " directories deep");
  }
  auto names = files_.list(directory);
  if (!names) return names.error();
  for (const auto& name : *names) {
    if (key.empty() && name == incoming_name) continue;
    const std::string path = directory + "/" + name;
    const std::string here = key + name;
    auto info = files_.info(path);
    if (!info) return info.error();
    if (info->directory) {
      const std::string below = here + "/";
      const std::size_t common = std::min(below.size(), key_prefix.size());
      if (below.compare(0, common, key_prefix, 0, common) != 0) continue;
      if (auto good = walk(path, below, key_prefix, depth + 1, found); !good) return good;
    } else if (here.starts_with(key_prefix)) {
      if (found.size() == max_listed_objects) {
        return fail(Errc::exhausted,
                    directory_ + ": more than " + std::to_string(max_listed_objects) + " objects");
      }
      found.push_back({here, info->size});
    }
  }
  return {};
}

Result<std::vector<ObjectInfo>> FileStore::list(const std::string& key_prefix) const {
  if (auto is_ready = ready(); !is_ready) return is_ready.error();
  std::vector<ObjectInfo> found;
  if (auto good = walk(directory_, "", key_prefix, 0, found); !good) return good.error();
  std::sort(found.begin(), found.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return found;
}

Status FileStore::probe() {
  if (auto is_ready = ready(); !is_ready) return is_ready;
  const std::string path = temporary();
  const Status written = write_temporary(path, "probe\n");
  const Status removed = files_.remove(path);
  return written ? removed : written;
}

}  // namespace edgeherd::archive
