// Where the store suites run: the real SQLite stores on the real loop.
#pragma once

#include <memory>

#include "coordinator/store/store.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class SqliteWorld : public RealLoop {
 public:
  // The same state again, after the store that was opened before is gone.
  std::unique_ptr<act::StateStore> open_state() {
    auto store = store::make_state_store(dir_.file("state.db"), loop(), store::IfMissing::create);
    REQUIRE(store);
    return std::move(*store);
  }
  std::unique_ptr<act::History> open_history() {
    auto history =
        store::make_history(dir_.file("history.db"), loop(), store::IfMissing::create, {});
    REQUIRE(history);
    return std::move(*history);
  }

 private:
  TempDirectory dir_;
};

}  // namespace edgeherd::test
