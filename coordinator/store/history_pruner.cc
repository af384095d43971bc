#include "coordinator/store/history_pruner.h"

#include <string_view>
#include <utility>

namespace edgeherd::store {

namespace {

constexpr int rows_per_step = 500;
// Their rows are large.
constexpr int snapshots_per_step = 20;
// Each has up to act::story_lines lines.
constexpr int stories_per_step = 10;

std::string most(int rows) {
  return " LIMIT " + std::to_string(rows);
}

std::string before(WallTime now, Duration age) {
  return std::to_string(unix_millis(now - age));
}

}  // namespace

Result<std::int64_t> HistoryPruner::step(WallTime now) {
  for (const auto part :
       {&HistoryPruner::snapshots, &HistoryPruner::decisions, &HistoryPruner::events,
        &HistoryPruner::removals, &HistoryPruner::stories}) {
    auto deleted = (this->*part)(now);
    if (!deleted || *deleted > 0) return deleted;
  }
  auto used = database_.number_of(
      "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
      "pragma_freelist_count, pragma_page_size");
  if (!used) return used.error();
  if (*used <= static_cast<std::int64_t>(limits_.bytes)) return std::int64_t{0};
  return least();
}

Result<std::int64_t> HistoryPruner::snapshots(WallTime now) {
  for (const auto& [removes, age] :
       {std::pair("0", limits_.snapshot_age), std::pair("1", limits_.removal_age)}) {
    auto deleted =
        remove("snapshot", std::string("removes = ") + removes + " AND at_ms < " +
                               before(now, age) + " ORDER BY at_ms" + most(snapshots_per_step));
    if (!deleted || *deleted > 0) return deleted;
  }
  auto stored = database_.number_of("SELECT coalesce(sum(stored), 0) FROM snapshot");
  if (!stored) return stored.error();
  if (*stored <= static_cast<std::int64_t>(limits_.snapshot_bytes)) return std::int64_t{0};
  return remove("snapshot", "true ORDER BY removes, number" + most(snapshots_per_step));
}

Result<std::int64_t> HistoryPruner::decisions(WallTime now) {
  // Numbers only grow, so the newest so many numbers hold at most so many rows.
  auto deleted = remove(
      "decision", "removes = 0 AND number <= (SELECT max(number) FROM decision) - " +
                      std::to_string(limits_.decisions) + " ORDER BY number" + most(rows_per_step));
  if (!deleted || *deleted > 0) return deleted;
  return remove("decision", "removes = 0 AND at_ms < " + before(now, limits_.age) +
                                " ORDER BY at_ms" + most(rows_per_step));
}

Result<std::int64_t> HistoryPruner::events(WallTime now) {
  auto deleted = remove("event", "number <= (SELECT max(number) FROM event) - " +
                                     std::to_string(limits_.events) + " ORDER BY number" +
                                     most(rows_per_step));
  if (!deleted || *deleted > 0) return deleted;
  return remove("event",
                "at_ms < " + before(now, limits_.age) + " ORDER BY at_ms" + most(rows_per_step));
}

Result<std::int64_t> HistoryPruner::removals(WallTime now) {
  auto deleted = remove("decision", "removes = 1 AND at_ms < " + before(now, limits_.removal_age) +
                                        " ORDER BY at_ms" + most(rows_per_step));
  if (!deleted || *deleted > 0) return deleted;
  return remove("decision",
                "removes = 1 AND number <= (SELECT number FROM decision WHERE removes = 1 ORDER BY "
                "number DESC LIMIT 1 OFFSET " +
                    std::to_string(limits_.removals) + ") ORDER BY number" + most(rows_per_step));
}

Result<std::int64_t> HistoryPruner::stories(WallTime now) {
  auto deleted = end_stories("at_ms < " + before(now, limits_.removal_age) + " ORDER BY at_ms");
  if (!deleted || *deleted > 0) return deleted;
  return end_stories("at_ms <= (SELECT at_ms FROM story ORDER BY at_ms DESC LIMIT 1 OFFSET " +
                     std::to_string(limits_.removals) + ") ORDER BY at_ms");
}

Result<std::int64_t> HistoryPruner::least() {
  constexpr std::pair<const char*, const char*> order[] = {
      {"snapshot", "true ORDER BY removes, number"},
      {"decision", "removes = 0 ORDER BY number"},
      {"event", "true ORDER BY number"},
      {"decision", "removes = 1 ORDER BY number"}};
  for (const auto& [table, which] : order) {
    auto deleted = remove(
        table,
        which + most(table == std::string_view("snapshot") ? snapshots_per_step : rows_per_step));
    if (!deleted || *deleted > 0) return deleted;
  }
  auto deleted = end_stories("true ORDER BY at_ms");
  if (!deleted || *deleted > 0) return deleted;
  // Of nodes that live, or whose end was lost.
  return remove("story_line", "true ORDER BY number" + most(rows_per_step));
}

Result<std::int64_t> HistoryPruner::remove(const std::string& table, const std::string& select) {
  const auto done =
      database_.execute("DELETE FROM " + table + " WHERE number IN (SELECT number FROM " + table +
                        " WHERE " + select + ")");
  if (!done) return done.error();
  return database_.number_of("SELECT changes()");
}

// A story goes as a whole: its lines with its end.
Result<std::int64_t> HistoryPruner::end_stories(const std::string& select) {
  const std::string nodes = "SELECT node FROM story WHERE " + select + most(stories_per_step);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto done = database_.execute("DELETE FROM story_line WHERE node IN (" + nodes + ")");
  if (!done) return done.error();
  done = database_.execute("DELETE FROM story WHERE node IN (" + nodes + ")");
  if (!done) return done.error();
  auto deleted = database_.number_of("SELECT changes()");
  if (!deleted) return deleted;
  if (const Status committed = transaction->commit(); !committed.ok()) return committed.error();
  return deleted;
}

}  // namespace edgeherd::store
