// HistoryPruner: keeps history.db within its limits, in steps so small that nothing waits long
// behind one. Private to this room. Thread: the history's.
#pragma once

#include <cstdint>
#include <string>

#include "common/core/clock.h"
#include "common/core/result.h"
#include "coordinator/store/sqlite.h"
#include "coordinator/store/store.h"

namespace edgeherd::store {

class HistoryPruner {
 public:
  HistoryPruner(Database& database, const HistoryLimits& limits)
      : database_(database), limits_(limits) {}

  // Deletes a little of what is too old or too much; how many rows. 0: all is within its limits.
  [[nodiscard]] Result<std::int64_t> step(WallTime now);

 private:
  [[nodiscard]] Result<std::int64_t> snapshots(WallTime now);
  [[nodiscard]] Result<std::int64_t> decisions(WallTime now);
  [[nodiscard]] Result<std::int64_t> events(WallTime now);
  [[nodiscard]] Result<std::int64_t> removals(WallTime now);
  [[nodiscard]] Result<std::int64_t> stories(WallTime now);
  // What explains least, when the file is too large.
  [[nodiscard]] Result<std::int64_t> least();

  // Deletes the rows with the numbers that `select` gives, at most a step's worth.
  [[nodiscard]] Result<std::int64_t> remove(const std::string& table, const std::string& select);
  [[nodiscard]] Result<std::int64_t> end_stories(const std::string& select);

  Database& database_;
  const HistoryLimits& limits_;
};

}  // namespace edgeherd::store
