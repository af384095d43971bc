// StateStore: the journal and what must survive a crash.
//
// Its commits are atomic and durable when `done` is called with success: nothing is done
// outside before that. Thread: the loop's; implementations write on a thread of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/result.h"
#include "coordinator/model/event.h"

namespace edgeherd::act {

// Each is one table of key and JSON body. The bodies are made and read by
// coordinator/act/core/durable.h.
enum class Table {
  node,
  intent,
  placement,
  departure,
  launch,
  segment,
  order,
  health_change,
  turn,
  folded,
  name,
  zone,  // the last one: the number of tables is taken from it
};
[[nodiscard]] std::string_view to_string(Table table);

struct Put {
  Table table = Table::node;
  std::string key;
  std::string body;
};
struct Erase {
  Table table = Table::node;
  std::string key;
};
using Batch = std::vector<std::variant<Put, Erase>>;

class StateStore {
 public:
  using Rows = std::map<std::string, std::string>;
  virtual ~StateStore() = default;
  virtual void commit(Batch batch, std::function<void(Status)> done) = 0;
  // Blocking; before the loop runs, and for operator queries of small tables.
  [[nodiscard]] virtual Result<Rows> load(Table table) = 0;
};

}  // namespace edgeherd::act
