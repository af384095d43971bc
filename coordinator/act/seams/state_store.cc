#include "coordinator/act/seams/state_store.h"

namespace edgeherd::act {

std::string_view to_string(Table table) {
  switch (table) {
    case Table::node:
      return "node";
    case Table::intent:
      return "intent";
    case Table::placement:
      return "placement";
    case Table::departure:
      return "departure";
    case Table::launch:
      return "launch";
    case Table::segment:
      return "segment";
    case Table::order:
      return "order";
    case Table::health_change:
      return "health_change";
    case Table::turn:
      return "turn";
    case Table::folded:
      return "folded";
    case Table::name:
      return "name";
    case Table::zone:
      return "zone";
  }
  return "unknown";
}

}  // namespace edgeherd::act
