// Opening a database file: never a silent empty one, never one of an unknown version.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "common/core/result.h"
#include "coordinator/store/sqlite.h"
#include "coordinator/store/store.h"

namespace edgeherd::store {

struct Schema {
  const char* what;             // "state", "history": for messages
  std::int32_t application_id;  // PRAGMA application_id: whose file it is
  // SQL that leads from version i to i + 1 (PRAGMA user_version); a new file passes through all.
  std::span<const char* const> migrations;
  const char* synchronous;  // "FULL" or "NORMAL"
};

// Opens, checks and migrates. Errors: `not_found` (IfMissing::fail), `broken` (damaged, empty, or
// not a database), `invalid` (another program's, or newer than this program), `refused` (cannot be
// written), `exhausted` (no space), `unavailable` (locked). A new file appears whole or not at all.
[[nodiscard]] Result<std::unique_ptr<Database>> open_database(const std::string& path,
                                                              const Schema& schema,
                                                              IfMissing if_missing);

}  // namespace edgeherd::store
