#include "coordinator/store/sqlite.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sqlite3.h>
#include <sys/stat.h>

namespace edgeherd::store {

namespace {

// How long another program's lock (a backup, a person's sqlite3 shell) is waited for.
constexpr int busy_patience_ms = 2000;

Errc classify(int code, int system_errno) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return Errc::exhausted;
    case SQLITE_IOERR: {
      const bool full = system_errno == ENOSPC || system_errno == EFBIG || system_errno == EDQUOT;
      return full ? Errc::exhausted : Errc::unavailable;
    }
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Errc::unavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Errc::refused;
    case SQLITE_CANTOPEN:
      return system_errno == ENOENT ? Errc::not_found : Errc::refused;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::broken;
    default:
      return Errc::internal;
  }
}

// Only these come from a system call: errno left behind by another failure would mislead.
bool has_errno(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::bind(int index, std::string_view text) {
  // A null pointer would bind NULL instead of an empty text.
  const char* bytes = text.data() == nullptr ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_.get(), index, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  bind_failed_ = bind_failed_ || code != SQLITE_OK;
}

void Statement::bind_bytes(int index, std::string_view bytes) {
  const char* from = bytes.data() == nullptr ? "" : bytes.data();
  const int code = sqlite3_bind_blob64(statement_.get(), index, from, bytes.size(), SQLITE_STATIC);
  bind_failed_ = bind_failed_ || code != SQLITE_OK;
}

void Statement::bind(int index, std::int64_t number) {
  const int code = sqlite3_bind_int64(statement_.get(), index, number);
  bind_failed_ = bind_failed_ || code != SQLITE_OK;
}

Result<Statement::Step> Statement::step() {
  if (bind_failed_) return database_->error(SQLITE_TOOBIG, "passing a value");
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return Step::row;
  if (code == SQLITE_DONE) return Step::done;
  return database_->error(code, sqlite3_sql(statement_.get()));
}

Status Statement::run() {
  auto stepped = step();
  reset();
  if (!stepped) return stepped.error();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bind_failed_ = false;
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string Statement::bytes(int column) const {
  const auto* from = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (from == nullptr) return {};
  return {from, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == Mode::create_new) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  if (handle == nullptr) return fail(Errc::exhausted, path + ": no memory to open it");
  std::unique_ptr<Database> database(new Database(handle, path));
  if (code != SQLITE_OK) return database->error(code, "opening");
  sqlite3_busy_timeout(handle, busy_patience_ms);
  return database;
}

Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, sql);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error(code, sql);
  return Statement(*this, statement);
}

Result<std::int64_t> Database::number_of(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  auto stepped = statement->step();
  if (!stepped) return stepped.error();
  return statement->number(0);
}

Result<std::string> Database::text_of(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  auto stepped = statement->step();
  if (!stepped) return stepped.error();
  return statement->text(0);
}

bool Database::read_only() const {
  return sqlite3_db_readonly(handle_.get(), "main") == 1;
}

Error Database::error(int code, std::string_view doing) const {
  const int system_errno = has_errno(code) ? sqlite3_system_errno(handle_.get()) : 0;
  std::string message = path_ + ": " + sqlite3_errstr(code);
  const std::string_view detail = sqlite3_errmsg(handle_.get());
  if (detail != sqlite3_errstr(code) && detail != "not an error") {
    message += " (" + std::string(detail) + ")";
  }
  if (system_errno != 0) message += ": " + std::generic_category().message(system_errno);
  // A statement's first words say what was attempted; its whole text would fill a log line.
  constexpr std::size_t shown = 40;
  message += ", at: " + std::string(doing.substr(0, shown));
  return fail(classify(code, system_errno), std::move(message));
}

Status Database::in_place() {
  int moved = 0;
  const int asked = sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (asked == SQLITE_OK && moved != 0) {
    return fail(Errc::broken, path_ + ": removed or replaced while it was in use");
  }
  // SQLite does not say it of the log, which is one file from its first use until the last user
  // goes.
  struct stat found {};
  const bool there = ::stat((path_ + "-wal").c_str(), &found) == 0;
  const std::pair now(found.st_dev, found.st_ino);
  if (!log_ && there) log_ = now;
  if (log_ && (!there || *log_ != now)) {
    return fail(Errc::broken, path_ + "-wal: removed or replaced while it was in use");
  }
  return {};
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Status Transaction::commit() {
  auto done = database_->execute("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

Transaction::~Transaction() {
  // Some failures have rolled it back already; then this answers "no transaction", and that is
  // well.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK").ok());
}

}  // namespace edgeherd::store
