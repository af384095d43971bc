// The tables of history.db: what is put into them, and what is found. Private to this room.
// Thread: the history's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/act/seams/history.h"
#include "coordinator/store/schema.h"
#include "coordinator/store/sqlite.h"

namespace edgeherd::store {

extern const Schema history_schema;

class HistoryTables {
 public:
  [[nodiscard]] static Result<std::unique_ptr<HistoryTables>> prepare(Database& database);

  Status put(const act::EventRecord& record);
  Status put(const act::TickRecord& record);
  Status put(const act::StoryLine& line);
  Status put(const act::StoryEnd& end);

  [[nodiscard]] Result<std::optional<act::DecisionRecord>> find_decision(const ZoneId& zone,
                                                                         WallTime at);
  [[nodiscard]] Result<std::optional<act::DecisionRecord>> find_decision(std::int64_t number);
  [[nodiscard]] Result<std::optional<std::string>> find_snapshot(std::int64_t number);
  [[nodiscard]] Result<std::vector<act::EventRecord>> find_events(std::int64_t after,
                                                                  std::size_t limit,
                                                                  const NodeId& node,
                                                                  const ZoneId& zone);
  [[nodiscard]] Result<act::Story> find_story(const NodeId& node);

 private:
  struct Statements {
    Statement event;
    Statement decision;
    Statement snapshot;
    Statement line;
    Statement shorten;
    Statement end;
  };
  HistoryTables(Database& database, Statements statements)
      : database_(database), statements_(std::move(statements)) {}

  [[nodiscard]] Result<std::int64_t> put_snapshot(const act::TickRecord& record);
  [[nodiscard]] Result<std::optional<act::DecisionRecord>> one_decision(Statement& statement);

  Database& database_;
  Statements statements_;
};

}  // namespace edgeherd::store
