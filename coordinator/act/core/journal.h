// Journal: rows on their way into the store, in groups, one commit at a time.
//
// Rows of one turn of the loop travel together. A commit that fails loses nothing: its rows wait
// and go with the next one, newer versions in their place; but whoever waited for it is told, and
// does nothing outside. When a turn changes more than one commit holds, what it spent of budgets
// goes first. Nothing is erased before all that was put before is durable: what replaces rows may
// be put and they be erased in one turn. Thread: the loop's; the store outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/event_loop.h"
#include "common/core/protection.h"
#include "coordinator/act/seams/state_store.h"

namespace edgeherd::act {

class Journal {
 public:
  using Then = std::function<void(Status)>;

  Journal(EventLoop& loop, StateStore& store);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void put(Table table, std::string key, std::string body);
  void erase(Table table, std::string key);

  // `then` runs once, on the loop, never inline: with success when everything that was put before
  // this call is durable, with the error when the commit that held it failed. `place` names what
  // waits ("journal.launch_intent"); a test that switches it off lets that wait for nothing.
  void when_durable(const Protection& place, Then then);

  [[nodiscard]] std::size_t pending() const;
  [[nodiscard]] std::uint64_t commits() const;
  [[nodiscard]] std::uint64_t failures() const;
  // Why rows are not stored: the newest commit failed, or the store has not answered the one under
  // way within `patience`. Empty: nothing is wrong.
  [[nodiscard]] std::string failure() const;

  static constexpr Duration retry = 1s;                // of rows whose commit failed
  static constexpr Duration patience = 10s;            // with one commit: then the store hangs
  static constexpr std::size_t most_waiting = 20'000;  // beyond: `exhausted`, the store hangs
  static constexpr std::size_t most_rows = 5000;       // of one commit; more go with the next

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::act
