#include "coordinator/store/history_tables.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "coordinator/store/compress.h"

namespace edgeherd::store {

namespace {

using act::Decided;
using act::DecisionRecord;
using act::EventRecord;
using act::Removes;
using act::StoryEnd;
using act::StoryLine;
using act::TickRecord;

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
// The inputs of decisions, and the stories of nodes. Old decisions keep their rows, without inputs.
constexpr const char* version_2 = R"(
  ALTER TABLE decision ADD COLUMN removes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE decision ADD COLUMN snapshot INTEGER NOT NULL DEFAULT 0;
  DROP INDEX decision_at;
  CREATE INDEX decision_kept ON decision (removes, at_ms);
  CREATE INDEX decision_order ON decision (removes, number);
  CREATE TABLE snapshot (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, removes INTEGER NOT NULL,
    stored INTEGER NOT NULL, length INTEGER NOT NULL, body BLOB NOT NULL);
  CREATE INDEX snapshot_kept ON snapshot (removes, at_ms);
  CREATE INDEX snapshot_order ON snapshot (removes, number, stored);
  CREATE TABLE story_line (
    number INTEGER PRIMARY KEY AUTOINCREMENT, node TEXT NOT NULL, ordinal INTEGER NOT NULL,
    zone TEXT NOT NULL, at_ms INTEGER NOT NULL, what TEXT NOT NULL, text TEXT NOT NULL,
    details TEXT NOT NULL, decision INTEGER NOT NULL);
  CREATE INDEX story_line_node ON story_line (node, ordinal);
  CREATE TABLE story (
    node TEXT PRIMARY KEY, zone TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX story_at ON story (at_ms);
)";
constexpr std::array<const char*, 2> migrations = {version_1, version_2};

// The most rows that one query gives, whatever was asked.
constexpr std::size_t max_query_rows = 10'000;
// No snapshot is larger (coordinator/evidence); a row that claims more is damaged.
constexpr std::int64_t max_snapshot_bytes = std::int64_t{64} << 20;

constexpr std::string_view decision_columns = "number, at_ms, zone, body, removes, snapshot";

Result<model::Severity> severity_from(std::string_view text) {
  using model::Severity;
  for (const Severity one : {Severity::info, Severity::warning, Severity::alarm}) {
    if (model::to_string(one) == text) return one;
  }
  return fail(Errc::broken, "unknown severity '" + std::string(text) + "' in the history");
}

}  // namespace

// "EHhi" in ASCII.
const Schema history_schema = {"history", 0x45486869, migrations, "NORMAL"};

Result<std::unique_ptr<HistoryTables>> HistoryTables::prepare(Database& database) {
  auto event = database.prepare(
      "INSERT INTO event (at_ms, severity, code, text, node, zone) VALUES (?1, ?2, ?3, ?4, ?5, "
      "?6)");
  if (!event) return event.error();
  auto decision = database.prepare(
      "INSERT INTO decision (at_ms, zone, body, removes, snapshot) VALUES (?1, ?2, ?3, ?4, ?5)");
  if (!decision) return decision.error();
  auto snapshot = database.prepare(
      "INSERT INTO snapshot (at_ms, removes, stored, length, body) VALUES (?1, ?2, ?3, ?4, ?5)");
  if (!snapshot) return snapshot.error();
  auto line = database.prepare(
      "INSERT INTO story_line (node, ordinal, zone, at_ms, what, text, details, decision) VALUES "
      "(?1, 1 + coalesce((SELECT max(ordinal) FROM story_line WHERE node = ?1), 0), ?2, ?3, ?4, "
      "?5, ?6, CASE WHEN ?7 = 0 THEN 0 ELSE coalesce((SELECT number FROM decision WHERE zone = ?2 "
      "AND at_ms <= ?3 ORDER BY at_ms DESC, number DESC LIMIT 1), 0) END)");
  if (!line) return line.error();
  auto shorten = database.prepare(
      "DELETE FROM story_line WHERE number = (SELECT number FROM story_line WHERE node = ?1 ORDER "
      "BY ordinal LIMIT 1 OFFSET ?2) AND (SELECT count(*) FROM story_line WHERE node = ?1) > ?3");
  if (!shorten) return shorten.error();
  auto end = database.prepare(
      "INSERT INTO story (node, zone, at_ms, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (node) DO "
      "UPDATE SET zone = ?2, at_ms = ?3, body = ?4");
  if (!end) return end.error();
  return std::unique_ptr<HistoryTables>(
      new HistoryTables(database, {std::move(*event), std::move(*decision), std::move(*snapshot),
                                   std::move(*line), std::move(*shorten), std::move(*end)}));
}

Status HistoryTables::put(const EventRecord& record) {
  const model::Note& note = record.note;
  Statement& statement = statements_.event;
  statement.bind(1, unix_millis(record.at));
  statement.bind(2, model::to_string(note.severity));
  statement.bind(3, note.code);
  statement.bind(4, note.text);
  statement.bind(5, note.node.str());
  statement.bind(6, note.zone.str());
  if (const Status written = statement.run(); !written.ok()) return written;
  if (note.node.empty()) return {};
  return put(
      StoryLine{note.node, note.zone, record.at, note.code, note.text, "", Decided::no, 0, 0});
}

Result<std::int64_t> HistoryTables::put_snapshot(const TickRecord& record) {
  if (record.snapshot.empty() || record.decisions.empty()) return std::int64_t{0};
  const bool removes = std::ranges::find(record.decisions, Removes::yes,
                                         &DecisionRecord::removes) != record.decisions.end();
  const std::string stream = compressed(record.snapshot);
  Statement& statement = statements_.snapshot;
  statement.bind(1, unix_millis(record.decisions.front().at));
  statement.bind(2, std::int64_t{removes});
  statement.bind(3, static_cast<std::int64_t>(stream.size()));
  statement.bind(4, static_cast<std::int64_t>(record.snapshot.size()));
  statement.bind_bytes(5, stream);
  if (const Status written = statement.run(); !written.ok()) return written.error();
  return database_.number_of("SELECT last_insert_rowid()");
}

Status HistoryTables::put(const TickRecord& record) {
  const auto snapshot = put_snapshot(record);
  if (!snapshot) return snapshot.error();
  for (const DecisionRecord& decision : record.decisions) {
    Statement& statement = statements_.decision;
    statement.bind(1, unix_millis(decision.at));
    statement.bind(2, decision.zone.str());
    statement.bind(3, decision.body);
    statement.bind(4, std::int64_t{decision.removes == Removes::yes});
    statement.bind(5, *snapshot);
    if (const Status written = statement.run(); !written.ok()) return written;
  }
  return {};
}

Status HistoryTables::put(const StoryLine& line) {
  Statement& statement = statements_.line;
  statement.bind(1, line.node.str());
  statement.bind(2, line.zone.str());
  statement.bind(3, unix_millis(line.at));
  statement.bind(4, line.what);
  statement.bind(5, line.text);
  statement.bind(6, line.details);
  statement.bind(7, std::int64_t{line.decided == Decided::yes});
  if (const Status written = statement.run(); !written.ok()) return written;
  Statement& shorten = statements_.shorten;
  shorten.bind(1, line.node.str());
  shorten.bind(2, static_cast<std::int64_t>(act::story_first_lines));
  shorten.bind(3, static_cast<std::int64_t>(act::story_lines));
  return shorten.run();
}

Status HistoryTables::put(const StoryEnd& end) {
  Statement& statement = statements_.end;
  statement.bind(1, end.node.str());
  statement.bind(2, end.zone.str());
  statement.bind(3, unix_millis(end.at));
  statement.bind(4, end.body);
  return statement.run();
}

Result<std::optional<DecisionRecord>> HistoryTables::one_decision(Statement& statement) {
  auto stepped = statement.step();
  if (!stepped) return stepped.error();
  if (*stepped == Statement::Step::done) return std::optional<DecisionRecord>();
  return std::optional<DecisionRecord>(
      DecisionRecord{statement.number(0), from_unix_millis(statement.number(1)),
                     ZoneId(statement.text(2)), statement.text(3),
                     statement.number(4) != 0 ? Removes::yes : Removes::no, statement.number(5)});
}

Result<std::optional<DecisionRecord>> HistoryTables::find_decision(const ZoneId& zone,
                                                                   WallTime at) {
  auto statement = database_.prepare("SELECT " + std::string(decision_columns) +
                                     " FROM decision WHERE zone = ?1 AND at_ms <= ?2 "
                                     "ORDER BY at_ms DESC, number DESC LIMIT 1");
  if (!statement) return statement.error();
  statement->bind(1, zone.str());
  statement->bind(2, unix_millis(at));
  return one_decision(*statement);
}

Result<std::optional<DecisionRecord>> HistoryTables::find_decision(std::int64_t number) {
  auto statement = database_.prepare("SELECT " + std::string(decision_columns) +
                                     " FROM decision WHERE number = ?1");
  if (!statement) return statement.error();
  statement->bind(1, number);
  return one_decision(*statement);
}

Result<std::optional<std::string>> HistoryTables::find_snapshot(std::int64_t number) {
  auto statement = database_.prepare("SELECT length, body FROM snapshot WHERE number = ?1");
  if (!statement) return statement.error();
  statement->bind(1, number);
  auto stepped = statement->step();
  if (!stepped) return stepped.error();
  if (*stepped == Statement::Step::done) return std::optional<std::string>();
  const std::int64_t length = statement->number(0);
  const std::string where = database_.path() + ": snapshot " + std::to_string(number);
  if (length < 0 || length > max_snapshot_bytes) {
    return fail(Errc::broken, where + ": its length is damaged");
  }
  auto bytes = expanded(statement->bytes(1), static_cast<std::size_t>(length));
  if (!bytes) return bytes.error().within(where);
  return std::optional(std::move(*bytes));
}

Result<std::vector<EventRecord>> HistoryTables::find_events(std::int64_t after, std::size_t limit,
                                                            const NodeId& node,
                                                            const ZoneId& zone) {
  std::string sql =
      "SELECT number, at_ms, severity, code, text, node, zone FROM event WHERE "
      "number > ?1";
  if (!node.empty()) sql += " AND node = ?2";
  if (!zone.empty()) sql += " AND zone = ?3";
  sql += std::string(" ORDER BY number ") + (after < 0 ? "DESC" : "ASC") + " LIMIT ?4";
  auto statement = database_.prepare(sql);
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

Result<act::Story> HistoryTables::find_story(const NodeId& node) {
  act::Story story;
  auto lines = database_.prepare(
      "SELECT zone, at_ms, what, text, details, ordinal, decision FROM story_line WHERE node = ?1 "
      "ORDER BY ordinal");
  if (!lines) return lines.error();
  lines->bind(1, node.str());
  for (;;) {
    auto stepped = lines->step();
    if (!stepped) return stepped.error();
    if (*stepped == Statement::Step::done) break;
    const std::int64_t decision = lines->number(6);
    story.lines.push_back({node, ZoneId(lines->text(0)), from_unix_millis(lines->number(1)),
                           lines->text(2), lines->text(3), lines->text(4),
                           decision != 0 ? Decided::yes : Decided::no, lines->number(5), decision});
  }
  auto end = database_.prepare("SELECT zone, at_ms, body FROM story WHERE node = ?1");
  if (!end) return end.error();
  end->bind(1, node.str());
  auto stepped = end->step();
  if (!stepped) return stepped.error();
  if (*stepped == Statement::Step::row) {
    story.end =
        StoryEnd{node, ZoneId(end->text(0)), from_unix_millis(end->number(1)), end->text(2)};
  }
  return story;
}

}  // namespace edgeherd::store
