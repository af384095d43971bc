#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/store/history_pruner.h"
#include "coordinator/store/history_tables.h"
#include "coordinator/store/job_thread.h"
#include "coordinator/store/schema.h"
#include "coordinator/store/store.h"

namespace edgeherd::store {

namespace {

using act::DecisionRecord;
using act::EventRecord;
using act::StoryEnd;
using act::StoryLine;
using act::TickRecord;

// A look at the limits every so many records.
constexpr std::size_t records_per_prune = 200;

std::size_t bytes_of(const EventRecord& record) {
  return record.note.text.size();
}
std::size_t bytes_of(const TickRecord& record) {
  std::size_t most = 0;
  for (const DecisionRecord& decision : record.decisions) {
    most = std::max(most, decision.body.size());
  }
  return most;
}
std::size_t bytes_of(const StoryLine& line) {
  return line.text.size() + line.details.size();
}
std::size_t bytes_of(const StoryEnd& end) {
  return end.body.size();
}

class SqliteHistory final : public act::History {
 public:
  SqliteHistory(std::unique_ptr<Database> database, std::unique_ptr<HistoryTables> tables,
                HistoryOptions options, EventLoop& loop)
      : database_(std::move(database)),
        tables_(std::move(tables)),
        options_(std::move(options)),
        pruner_(*database_, options_.limits),
        loop_(loop),
        thread_(loop) {}

  void append(EventRecord record) override { take(std::move(record)); }
  void append(TickRecord record) override { take(std::move(record)); }
  void append(StoryLine line) override { take(std::move(line)); }
  void append(StoryEnd end) override { take(std::move(end)); }

  void decision(ZoneId zone, WallTime at, Done<std::optional<DecisionRecord>> done) override {
    ask([this, zone = std::move(zone), at] { return tables_->find_decision(zone, at); },
        std::move(done));
  }
  void decision(std::int64_t number, Done<std::optional<DecisionRecord>> done) override {
    ask([this, number] { return tables_->find_decision(number); }, std::move(done));
  }
  void snapshot(std::int64_t number, Done<std::optional<std::string>> done) override {
    ask([this, number] { return tables_->find_snapshot(number); }, std::move(done));
  }
  void events(std::int64_t after, std::size_t limit, NodeId node, ZoneId zone,
              Done<std::vector<EventRecord>> done) override {
    ask([this, after, limit, node = std::move(node),
         zone = std::move(zone)] { return tables_->find_events(after, limit, node, zone); },
        std::move(done));
  }
  void story(NodeId node, Done<act::Story> done) override {
    ask([this, node = std::move(node)] { return tables_->find_story(node); }, std::move(done));
  }

 private:
  using Record = std::variant<EventRecord, TickRecord, StoryLine, StoryEnd>;

  template <class One>
  void take(One record) {
    if (const std::size_t bytes = bytes_of(record); bytes > options_.limits.body_bytes) {
      trouble(fail(Errc::invalid, database_->path() + ": a record of " + std::to_string(bytes) +
                                      " bytes is too large, dropped"));
      return;
    }
    enqueue(std::move(record));
  }

  // Of what waits for a slow disk the snapshots are the bulk: they are what is done without.
  void lighten(Record& record) {
    auto* tick = std::get_if<TickRecord>(&record);
    if (tick == nullptr) return;
    if (waiting_bytes_ + tick->snapshot.size() > options_.limits.waiting_bytes) {
      tick->snapshot.clear();
    }
    waiting_bytes_ += tick->snapshot.size();
  }

  void enqueue(Record record) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < options_.limits.waiting) {
        lighten(record);
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
      waiting_bytes_ = 0;
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
      auto written = std::visit([this](const auto& one) { return tables_->put(one); }, record);
      if (!written) return written;
    }
    return transaction->commit();
  }

  // One small step; another one follows as a job of its own while anything is left to delete.
  void prune() {
    since_prune_ = 0;
    const auto deleted = pruner_.step(loop_.clock().wall());
    if (!deleted) {
      thread_.answer([this, why = deleted.error()] { trouble(why); });
      return;
    }
    if (*deleted > 0) thread_.run([this] { prune(); });
  }

  // On the loop. One report per spell of trouble: the history must not fill the log it is short of.
  void trouble(const Error& why) {
    if (troubled_) return;
    troubled_ = true;
    if (options_.on_trouble) thread_.answer([this, why] { options_.on_trouble(why); });
  }

  std::unique_ptr<Database> database_;  // the history's thread
  std::unique_ptr<HistoryTables> tables_;
  const HistoryOptions options_;
  HistoryPruner pruner_;
  EventLoop& loop_;
  std::size_t since_prune_ = 0;  // the history's thread
  bool troubled_ = false;        // the loop's thread
  std::mutex mutex_;             // of the next three
  std::vector<Record> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool scheduled_ = false;
  JobThread thread_;  // last: joined before what it uses goes
};

}  // namespace

Result<std::unique_ptr<act::History>> make_history(const std::string& path, EventLoop& loop,
                                                   IfMissing if_missing, HistoryOptions options) {
  auto database = open_database(path, history_schema, if_missing);
  if (!database) return database.error();
  auto tables = HistoryTables::prepare(**database);
  if (!tables) return tables.error();
  return std::unique_ptr<act::History>(std::make_unique<SqliteHistory>(
      std::move(*database), std::move(*tables), std::move(options), loop));
}

}  // namespace edgeherd::store
