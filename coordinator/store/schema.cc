#include "coordinator/store/schema.h"

#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace edgeherd::store {

namespace {

Error file_error(const std::string& path, const std::string& doing) {
  const int reason = errno;
  const Errc code = reason == ENOENT   ? Errc::not_found
                    : reason == ENOSPC ? Errc::exhausted
                                       : Errc::refused;
  return fail(code, path + ": " + doing + ": " + std::generic_category().message(reason));
}

// The size, or nothing when there is no such file.
Result<std::optional<std::int64_t>> size_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0) return std::optional<std::int64_t>(found.st_size);
  if (errno == ENOENT) return std::optional<std::int64_t>();
  return file_error(path, "looking for it");
}

Status sync_parent(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error(parent, "opening");
  const bool synced = ::fsync(fd) == 0;
  const int reason = errno;
  ::close(fd);
  errno = reason;
  if (!synced) return file_error(parent, "syncing");
  return {};
}

Status migrate(Database& database, const Schema& schema, std::int64_t from) {
  for (auto version = from; version < static_cast<std::int64_t>(schema.migrations.size());
       ++version) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return transaction.error();
    const std::string step =
        std::string(schema.migrations[static_cast<std::size_t>(version)]) +
        "\n; PRAGMA application_id = " + std::to_string(schema.application_id) +
        "; PRAGMA user_version = " + std::to_string(version + 1);
    if (auto stepped = database.execute(step); !stepped) {
      return stepped.error().within("schema version " + std::to_string(version + 1));
    }
    if (auto committed = transaction->commit(); !committed) return committed;
  }
  return {};
}

// Made under another name and renamed: a crash on the way leaves no half-made database behind.
Status create(const std::string& path, const Schema& schema) {
  const std::string fresh = path + ".new";
  for (const char* suffix : {"", "-journal"}) std::remove((fresh + suffix).c_str());
  {
    // As our umask has it, but never for others: the file tells where every server is.
    const int fd = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return file_error(fresh, "creating");
    ::close(fd);
    auto database = Database::open(fresh, Database::Mode::must_exist);
    if (!database) return database.error();
    if (auto made = migrate(**database, schema, 0); !made) {
      database->reset();
      std::remove(fresh.c_str());
      return made;
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return file_error(path, "creating");
  return sync_parent(path);
}

Status check_whose(Database& database, const Schema& schema, std::int64_t version) {
  auto application = database.number_of("PRAGMA application_id");
  if (!application) return application.error();
  if (*application != schema.application_id || version < 1) {
    return fail(Errc::invalid, database.path() + ": a SQLite database, but not an Edgeherd " +
                                   schema.what + " database");
  }
  const auto known = static_cast<std::int64_t>(schema.migrations.size());
  if (version > known) {
    return fail(Errc::invalid, database.path() + ": written by a newer Edgeherd: schema version " +
                                   std::to_string(version) + ", this program knows up to " +
                                   std::to_string(known));
  }
  return {};
}

Status prepare(Database& database, const Schema& schema) {
  auto version = database.number_of("PRAGMA user_version");
  if (!version) return version.error();
  if (auto ours = check_whose(database, schema, *version); !ours) return ours;
  auto sound = database.text_of("PRAGMA quick_check(1)");
  if (!sound) return sound.error();
  if (*sound != "ok") return fail(Errc::broken, database.path() + ": damaged: " + *sound);
  auto mode = database.text_of("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") {
    return fail(Errc::refused,
                database.path() + ": cannot use a write-ahead log here, only '" + *mode + "'");
  }
  auto synchronous = database.execute(std::string("PRAGMA synchronous = ") + schema.synchronous);
  if (!synchronous) return synchronous;
  // A read-only file opens well and fails at the first write: ask for the write lock now.
  {
    auto trial = Transaction::begin(database);
    if (!trial) return trial.error();
  }
  return migrate(database, schema, *version);
}

}  // namespace

Result<std::unique_ptr<Database>> open_database(const std::string& path, const Schema& schema,
                                                IfMissing if_missing) {
  auto size = size_of(path);
  if (!size) return size.error();
  if (!*size) {
    auto log = size_of(path + "-wal");
    if (!log) return log.error();
    // The log holds what was committed last: an empty database beside it would destroy it.
    if (*log) return fail(Errc::broken, path + ": missing, but its log " + path + "-wal is there");
    if (if_missing == IfMissing::fail) return fail(Errc::not_found, path + ": no such file");
    if (auto made = create(path, schema); !made) return made.error();
  } else if (**size == 0) {
    // SQLite would take this for a new database, and the fleet for unknown.
    return fail(Errc::broken,
                path + ": empty; restore it from a backup, or remove it to start anew");
  }
  auto database = Database::open(path, Database::Mode::must_exist);
  if (!database) return database.error();
  if ((*database)->read_only()) return fail(Errc::refused, path + ": cannot be written, read-only");
  if (auto prepared = prepare(**database, schema); !prepared) return prepared.error();
  return std::move(*database);
}

}  // namespace edgeherd::store
