// A thin layer over SQLite's C interface: owners for handles, Result for codes.
//
// Thread: a Database and its Statements have one user at a time (opened without SQLite's own
// mutex). Every error names the file, what was attempted and SQLite's reason.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace edgeherd::store {

class Database;

// A prepared statement: bind from 1, then step until it is done, then reset to use it again.
class Statement {
 public:
  // The text must stay where it is until reset().
  void bind(int index, std::string_view text);
  void bind(int index, std::int64_t number);
  void bind_bytes(int index, std::string_view bytes);

  enum class Step { row, done };
  [[nodiscard]] Result<Step> step();
  // Runs a statement that gives no rows, and resets it.
  Status run();
  void reset();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::string bytes(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(Database& database, sqlite3_stmt* statement)
      : database_(&database), statement_(statement) {}

  Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  bool bind_failed_ = false;
};

// Statements point to their Database, so it does not move and must outlive them.
class Database {
 public:
  enum class Mode { must_exist, create_new };
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Status execute(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // The first column of the first row: pragmas, counts.
  [[nodiscard]] Result<std::int64_t> number_of(std::string_view sql);
  [[nodiscard]] Result<std::string> text_of(std::string_view sql);

  [[nodiscard]] bool read_only() const;
  // `broken` if the database or its log no longer lies under its name: it was removed or replaced,
  // and what is written now would be gone with this process.
  [[nodiscard]] Status in_place();
  [[nodiscard]] const std::string& path() const { return path_; }
  // What SQLite says about its newest failure.
  [[nodiscard]] Error error(int code, std::string_view doing) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Database(sqlite3* handle, std::string path) : path_(std::move(path)), handle_(handle) {}

  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> log_;  // device and inode, once seen
};

// Rolls back what was not committed when it goes out of scope.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Database& database);
  Status commit();
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace edgeherd::store
