#include "coordinator/sim/world/deed.h"

namespace edgeherd::sim {

std::string_view to_string(DeedKind kind) {
  switch (kind) {
    case DeedKind::commit:
      return "commit";
    case DeedKind::list:
      return "list";
    case DeedKind::create:
      return "create";
    case DeedKind::destroy:
      return "destroy";
    case DeedKind::reboot:
      return "reboot";
    case DeedKind::names:
      return "names";
    case DeedKind::command:
      return "command";
    case DeedKind::answer:
      return "answer";
  }
  return "unknown";
}

std::string_view to_string(Stroke stroke) {
  switch (stroke) {
    case Stroke::none:
      return "none";
    case Stroke::before:
      return "before";
    case Stroke::torn:
      return "torn";
    case Stroke::after:
      return "after";
  }
  return "unknown";
}

}  // namespace edgeherd::sim
