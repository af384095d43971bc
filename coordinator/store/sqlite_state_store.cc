#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include "coordinator/store/job_thread.h"
#include "coordinator/store/schema.h"
#include "coordinator/store/store.h"
#include "coordinator/store/writer_lock.h"

namespace edgeherd::store {

namespace {

using act::Batch;
using act::Table;

// Names on disk. They are part of the file's format: a new name is a migration.
constexpr std::array<const char*, 12> table_names = {
    "node",           "intent",        "placement", "departure", "launch",   "segment",
    "standing_order", "health_change", "turn",      "folded",    "dns_name", "zone"};
static_assert(table_names.size() == static_cast<std::size_t>(Table::zone) + 1);

std::size_t index_of(Table table) {
  return static_cast<std::size_t>(table);
}

constexpr const char* version_1 = R"(
  CREATE TABLE node (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE TABLE intent (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE TABLE placement (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE TABLE departure (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE TABLE launch (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE TABLE segment (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE TABLE standing_order (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
)";
constexpr const char* version_2 = R"(
  CREATE TABLE health_change (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE TABLE turn (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
)";
constexpr const char* version_3 = R"(
  CREATE TABLE folded (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE TABLE dns_name (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
)";
// Until then a row of `placement` was a zone's. What it remembered of failed boots was of one
// placement that it did not name: it is tried anew.
constexpr const char* version_4 = R"(
  CREATE TABLE zone (key TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  INSERT INTO zone SELECT key, json_object('schema', 1, 'confirmed_removals',
    json_extract(body, '$.confirmed_removals')), updated_ms FROM placement WHERE json_valid(body);
  DELETE FROM placement;
)";
constexpr std::array<const char*, 4> migrations = {version_1, version_2, version_3, version_4};

// "EHst" in ASCII.
constexpr Schema state_schema = {"state", 0x45487374, migrations, "FULL"};

struct TableStatements {
  Statement put;
  Statement erase;
};

Result<std::vector<TableStatements>> prepare_all(Database& database) {
  std::vector<TableStatements> all;
  for (const char* name : table_names) {
    auto put = database.prepare(std::string("INSERT INTO ") + name +
                                " (key, body, updated_ms) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO "
                                "UPDATE SET body = ?2, updated_ms = ?3");
    if (!put) return put.error();
    auto erase = database.prepare(std::string("DELETE FROM ") + name + " WHERE key = ?1");
    if (!erase) return erase.error();
    all.push_back({std::move(*put), std::move(*erase)});
  }
  return all;
}

struct Waiting {
  Batch batch;
  std::int64_t at_ms = 0;
  std::function<void(Status)> done;
};

Status check(const Batch& batch) {
  for (const auto& change : batch) {
    const auto* put = std::get_if<act::Put>(&change);
    const std::string& key = put != nullptr ? put->key : std::get<act::Erase>(change).key;
    if (key.empty()) return fail(Errc::invalid, "a row without a key cannot be stored");
    if (put != nullptr && put->body.size() > max_body_bytes) {
      return fail(Errc::invalid, "row '" + key + "' has " + std::to_string(put->body.size()) +
                                     " bytes, more than " + std::to_string(max_body_bytes));
    }
  }
  return {};
}

class SqliteStateStore final : public act::StateStore {
 public:
  SqliteStateStore(WriterLock lock, std::unique_ptr<Database> writer,
                   std::vector<TableStatements> statements, std::unique_ptr<Database> reader,
                   EventLoop& loop)
      : lock_(std::move(lock)),
        writer_(std::move(writer)),
        statements_(std::move(statements)),
        reader_(std::move(reader)),
        loop_(loop),
        thread_(loop) {}

  void commit(Batch batch, std::function<void(Status)> done) override {
    if (auto checked = check(batch); !checked) return refuse(std::move(done), checked.error());
    const std::int64_t at_ms = unix_millis(loop_.clock().wall());
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < max_waiting_batches) {
        waiting_.push_back({std::move(batch), at_ms, std::move(done)});
        if (!scheduled_) thread_.run([this] { commit_waiting(); });
        scheduled_ = true;
        return;
      }
    }
    refuse(std::move(done),
           fail(Errc::exhausted, writer_->path() + ": " + std::to_string(max_waiting_batches) +
                                     " batches are waiting for the disk"));
  }

  Result<Rows> load(Table table) override {
    auto statement =
        reader_->prepare(std::string("SELECT key, body FROM ") + table_names[index_of(table)]);
    if (!statement) return statement.error();
    Rows rows;
    for (;;) {
      auto stepped = statement->step();
      if (!stepped) return stepped.error();
      if (*stepped == Statement::Step::done) return rows;
      rows.emplace(statement->text(0), statement->text(1));
    }
  }

 private:
  void refuse(std::function<void(Status)> done, Error error) {
    thread_.answer([call = std::move(done), why = std::move(error)] { call(why); });
  }

  // On the store's thread: everything that came since the last transaction began.
  void commit_waiting() {
    std::vector<Waiting> group;
    {
      const std::lock_guard lock(mutex_);
      group.swap(waiting_);
      scheduled_ = false;
    }
    Status outcome = write(group);
    // In one answer, in the order of the calls.
    thread_.answer([done = std::move(group), outcome] {
      for (const Waiting& one : done) one.done(outcome);
    });
  }

  Status write(const std::vector<Waiting>& group) {
    auto transaction = Transaction::begin(*writer_);
    if (!transaction) return transaction.error();
    for (const Waiting& one : group) {
      for (const auto& change : one.batch) {
        if (auto written = apply(change, one.at_ms); !written) return written;
      }
    }
    // Whoever waits for this acts next: it must be found again by the next coordinator.
    if (auto there = writer_->in_place(); !there) return there;
    return transaction->commit();
  }

  Status apply(const std::variant<act::Put, act::Erase>& change, std::int64_t at_ms) {
    if (const auto* put = std::get_if<act::Put>(&change)) {
      Statement& statement = statements_[index_of(put->table)].put;
      statement.bind(1, put->key);
      statement.bind(2, put->body);
      statement.bind(3, at_ms);
      return statement.run();
    }
    const auto& erase = std::get<act::Erase>(change);
    Statement& statement = statements_[index_of(erase.table)].erase;
    statement.bind(1, erase.key);
    return statement.run();
  }

  WriterLock lock_;
  std::unique_ptr<Database> writer_;  // the store's thread
  std::vector<TableStatements> statements_;
  std::unique_ptr<Database> reader_;  // the loop's thread
  EventLoop& loop_;
  std::mutex mutex_;  // of the next two
  std::vector<Waiting> waiting_;
  bool scheduled_ = false;
  JobThread thread_;  // last: joined before what it uses goes
};

}  // namespace

Result<std::unique_ptr<act::StateStore>> make_state_store(const std::string& path, EventLoop& loop,
                                                          IfMissing if_missing) {
  auto lock = WriterLock::take(path);
  if (!lock) return lock.error();
  auto writer = open_database(path, state_schema, if_missing);
  if (!writer) return writer.error();
  auto statements = prepare_all(**writer);
  if (!statements) return statements.error();
  auto reader = Database::open(path, Database::Mode::must_exist);
  if (!reader) return reader.error();
  if (auto set = (*reader)->execute("PRAGMA query_only = 1"); !set) return set.error();
  return std::unique_ptr<act::StateStore>(std::make_unique<SqliteStateStore>(
      std::move(*lock), std::move(*writer), std::move(*statements), std::move(*reader), loop));
}

}  // namespace edgeherd::store
