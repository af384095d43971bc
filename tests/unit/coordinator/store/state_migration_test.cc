// What an older state.db becomes.
#include <sqlite3.h>

#include "coordinator/store/store.h"
#include "tests/support/catch.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using act::Table;
using store::IfMissing;
using store::make_state_store;
using test::RealLoop;
using test::TempDirectory;

namespace {

void sql(const std::string& path, const std::string& text) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  CHECK(sqlite3_exec(handle, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

}  // namespace

TEST_CASE("the operator's word stays when placements get rows of their own") {
  RealLoop world;
  const TempDirectory dir;
  REQUIRE(make_state_store(dir.file("state.db"), world.loop(), IfMissing::create));
  sql(dir.file("state.db"),
      "DROP TABLE zone; INSERT INTO placement VALUES ('p/z', "
      "'{\"schema\":1,\"consecutive_failures\":2,\"not_before\":null,\"last_failure\":\"\","
      "\"confirmed_removals\":3}', 1); PRAGMA user_version = 3");
  const auto opened = make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail);
  REQUIRE(opened);
  const auto zones = (*opened)->load(Table::zone);
  REQUIRE(zones);
  CHECK(zones->at("p/z") == R"({"schema":1,"confirmed_removals":3})");
  const auto placements = (*opened)->load(Table::placement);
  REQUIRE(placements);
  CHECK(placements->empty());
}
