#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/store/job_thread.h"
#include "coordinator/store/schema.h"
#include "coordinator/store/store.h"

namespace edgeherd::store {

namespace {

using act::DecisionRecord;
using act::EventRecord;

constexpr const char* version_1 = R"(
  CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, severity TEXT NOT NULL,
    code TEXT NOT NULL, text TEXT NOT NULL, node TEXT NOT NULL, zone TEXT NOT NULL);
  CREATE INDEX event_at ON event (at_ms);
  CREATE INDEX event_node ON event (node, number);
  CREATE INDEX event_zone ON event (zone, number);
  CREATE TABLE decision (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, zone TEXT NOT NULL,
    body TEXT NOT NULL);
  CREATE INDEX decision_at ON decision (at_ms);
  CREATE INDEX decision_zone ON decision (zone, at_ms);
)";
constexpr std::array<const char*, 1> migrations = {version_1};

// "EHhi" in ASCII.
constexpr Schema history_schema = {"history", 0x45486869, migrations, "NORMAL"};

// Old rows go in steps so small that nothing waits long behind one.
constexpr std::int64_t rows_per_prune = 500;
// A look at the limits every so many records.
constexpr std::size_t records_per_prune = 200;
// The most rows that one query gives, whatever was asked.
constexpr std::size_t max_query_rows = 10'000;

Result<model::Severity> severity_from(std::string_view text) {
  using model::Severity;
  for (const Severity one : {Severity::info, Severity::warning, Severity::alarm}) {
    if (model::to_string(one) == text) return one;
  }
  return fail(Errc::broken, "unknown severity '" + std::string(text) + "' in the history");
}

struct Statements {
  Statement put_event;
  Statement put_decision;
};

Result<Statements> prepare_all(Database& database) {
  auto event = database.prepare(
      "INSERT INTO event (at_ms, severity, code, text, node, zone) VALUES (?1, ?2, ?3, ?4, ?5, "
      "?6)");
  if (!event) return event.error();
  auto decision = database.prepare("INSERT INTO decision (at_ms, zone, body) VALUES (?1, ?2, ?3)");
  if (!decision) return decision.error();
  return Statements{std::move(*event), std::move(*decision)};
}

class SqliteHistory final : public act::History {
 public:
  SqliteHistory(std::unique_ptr<Database> database, Statements statements, HistoryOptions options,
                EventLoop& loop)
      : database_(std::move(database)),
        statements_(std::move(statements)),
        options_(std::move(options)),
        loop_(loop),
        thread_(loop) {}

  void append(EventRecord record) override { enqueue(std::move(record)); }

  void append(DecisionRecord record) override {
    if (record.body.size() > options_.limits.body_bytes) {
      trouble(fail(Errc::invalid, database_->path() + ": the decision of zone " +
                                      record.zone.str() + " has " +
                                      std::to_string(record.body.size()) + " bytes, dropped"));
      return;
    }
    enqueue(std::move(record));
  }

  void decision(ZoneId zone, WallTime at,
                std::function<void(Result<std::optional<DecisionRecord>>)> done) override {
    ask([this, zone = std::move(zone), at] { return find_decision(zone, at); }, std::move(done));
  }

  void events(std::int64_t after, std::size_t limit, NodeId node, ZoneId zone,
              std::function<void(Result<std::vector<EventRecord>>)> done) override {
    ask([this, after, limit, node = std::move(node),
         zone = std::move(zone)] { return find_events(after, limit, node, zone); },
        std::move(done));
  }

 private:
  using Record = std::variant<EventRecord, DecisionRecord>;

  void enqueue(Record record) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < options_.limits.waiting) {
        waiting_.push_back(std::move(record));
        if (!scheduled_) thread_.run([this] { write_waiting(); });
        scheduled_ = true;
        return;
      }
    }
    trouble(fail(Errc::exhausted, database_->path() + ": " +
                                      std::to_string(options_.limits.waiting) +
                                      " records are waiting for the disk, newer ones are dropped"));
  }

  // Jobs run in order, so a query sees whatever was appended before it.
  template <class Query, class Done>
  void ask(Query query, Done done) {
    thread_.run([this, query = std::move(query), done = std::move(done)] {
      thread_.answer([result = query(), done] { done(result); });
    });
  }

  // On the history's thread.
  void write_waiting() {
    std::vector<Record> group;
    {
      const std::lock_guard lock(mutex_);
      group.swap(waiting_);
      scheduled_ = false;
    }
    if (auto written = write(group); !written) {
      Error why = written.error();
      why.message += "; " + std::to_string(group.size()) + " records are lost";
      thread_.answer([this, why] { trouble(why); });
      return;
    }
    thread_.answer([this] { troubled_ = false; });
    since_prune_ += group.size();
    if (since_prune_ >= records_per_prune) prune();
  }

  Status write(const std::vector<Record>& group) {
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return transaction.error();
    for (const Record& record : group) {
      auto written = std::visit([this](const auto& one) { return put(one); }, record);
      if (!written) return written;
    }
    return transaction->commit();
  }

  Status put(const EventRecord& record) {
    Statement& statement = statements_.put_event;
    statement.bind(1, unix_millis(record.at));
    statement.bind(2, model::to_string(record.note.severity));
    statement.bind(3, record.note.code);
    statement.bind(4, record.note.text);
    statement.bind(5, record.note.node.str());
    statement.bind(6, record.note.zone.str());
    return statement.run();
  }

  Status put(const DecisionRecord& record) {
    Statement& statement = statements_.put_decision;
    statement.bind(1, unix_millis(record.at));
    statement.bind(2, record.zone.str());
    statement.bind(3, record.body);
    return statement.run();
  }

  // One small step; another one follows as a job of its own while anything is left to delete.
  void prune() {
    since_prune_ = 0;
    const auto deleted = prune_step();
    if (!deleted) {
      thread_.answer([this, why = deleted.error()] { trouble(why); });
      return;
    }
    if (*deleted > 0) thread_.run([this] { prune(); });
  }

  Result<std::int64_t> prune_step() {
    const HistoryLimits& limits = options_.limits;
    const std::int64_t oldest_ms = unix_millis(loop_.clock().wall() - limits.age);
    auto used = database_->number_of(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
        "pragma_freelist_count, pragma_page_size");
    if (!used) return used.error();
    const bool too_big = *used > static_cast<std::int64_t>(limits.bytes);
    auto decisions = prune_table("decision", limits.decisions, oldest_ms, too_big);
    if (!decisions) return decisions;
    auto events = prune_table("event", limits.events, oldest_ms, too_big && *decisions == 0);
    if (!events) return events;
    return *decisions + *events;
  }

  Result<std::int64_t> prune_table(const std::string& table, std::size_t rows,
                                   std::int64_t oldest_ms, bool too_big) {
    // Numbers only grow, so the newest `rows` numbers hold at most `rows` rows.
    const std::string ids = "SELECT number FROM " + table + " WHERE ";
    const std::string limit = " ORDER BY number LIMIT " + std::to_string(rows_per_prune);
    const std::string by_count =
        ids + "number <= (SELECT max(number) FROM " + table + ") - " + std::to_string(rows) + limit;
    const std::string by_age = "SELECT number FROM " + table + " WHERE at_ms < " +
                               std::to_string(oldest_ms) + " ORDER BY at_ms LIMIT " +
                               std::to_string(rows_per_prune);
    auto deleted = remove(table, by_count);
    if (deleted && *deleted == 0) deleted = remove(table, by_age);
    if (deleted && *deleted == 0 && too_big) deleted = remove(table, ids + "true" + limit);
    return deleted;
  }

  Result<std::int64_t> remove(const std::string& table, const std::string& ids) {
    const auto done = database_->execute("DELETE FROM " + table + " WHERE number IN (" + ids + ")");
    if (!done) return done.error();
    return database_->number_of("SELECT changes()");
  }

  Result<std::optional<DecisionRecord>> find_decision(const ZoneId& zone, WallTime at) {
    auto statement = database_->prepare(
        "SELECT number, at_ms, body FROM decision WHERE zone = ?1 AND at_ms <= ?2 "
        "ORDER BY at_ms DESC, number DESC LIMIT 1");
    if (!statement) return statement.error();
    statement->bind(1, zone.str());
    statement->bind(2, unix_millis(at));
    auto stepped = statement->step();
    if (!stepped) return stepped.error();
    if (*stepped == Statement::Step::done) return std::optional<DecisionRecord>();
    return std::optional<DecisionRecord>(DecisionRecord{
        statement->number(0), from_unix_millis(statement->number(1)), zone, statement->text(2)});
  }

  Result<std::vector<EventRecord>> find_events(std::int64_t after, std::size_t limit,
                                               const NodeId& node, const ZoneId& zone) {
    std::string sql =
        "SELECT number, at_ms, severity, code, text, node, zone FROM event WHERE "
        "number > ?1";
    if (!node.empty()) sql += " AND node = ?2";
    if (!zone.empty()) sql += " AND zone = ?3";
    sql += std::string(" ORDER BY number ") + (after < 0 ? "DESC" : "ASC") + " LIMIT ?4";
    auto statement = database_->prepare(sql);
    if (!statement) return statement.error();
    statement->bind(1, after);
    if (!node.empty()) statement->bind(2, node.str());
    if (!zone.empty()) statement->bind(3, zone.str());
    statement->bind(4, static_cast<std::int64_t>(std::min(limit, max_query_rows)));
    std::vector<EventRecord> found;
    for (;;) {
      auto stepped = statement->step();
      if (!stepped) return stepped.error();
      if (*stepped == Statement::Step::done) break;
      auto severity = severity_from(statement->text(2));
      if (!severity) return severity.error();
      found.push_back({statement->number(0), from_unix_millis(statement->number(1)),
                       model::Note{*severity, statement->text(3), statement->text(4),
                                   NodeId(statement->text(5)), ZoneId(statement->text(6))}});
    }
    if (after < 0) std::reverse(found.begin(), found.end());
    return found;
  }

  // On the loop. One report per spell of trouble: the history must not fill the log it is short of.
  void trouble(const Error& why) {
    if (troubled_) return;
    troubled_ = true;
    if (options_.on_trouble) thread_.answer([this, why] { options_.on_trouble(why); });
  }

  std::unique_ptr<Database> database_;  // the history's thread
  Statements statements_;
  const HistoryOptions options_;
  EventLoop& loop_;
  std::size_t since_prune_ = 0;  // the history's thread
  bool troubled_ = false;        // the loop's thread
  std::mutex mutex_;             // of the next two
  std::vector<Record> waiting_;
  bool scheduled_ = false;
  JobThread thread_;  // last: joined before what it uses goes
};

}  // namespace

Result<std::unique_ptr<act::History>> make_history(const std::string& path, EventLoop& loop,
                                                   IfMissing if_missing, HistoryOptions options) {
  auto database = open_database(path, history_schema, if_missing);
  if (!database) return database.error();
  auto statements = prepare_all(**database);
  if (!statements) return statements.error();
  return std::unique_ptr<act::History>(std::make_unique<SqliteHistory>(
      std::move(*database), std::move(*statements), std::move(options), loop));
}

}  // namespace edgeherd::store
