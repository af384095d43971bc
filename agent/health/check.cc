#include "agent/health/check.h"

#include <array>

namespace edgeherd::agent {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::fail:
      return "fail";
    case Outcome::unknown:
      break;
  }
  return "unknown";
}

std::string_view kind_name(const CheckKind& kind) {
  constexpr std::array<std::string_view, std::variant_size_v<CheckKind>> names{
      "http", "process", "mount", "disk_free", "clock_offset"};
  return names[kind.index()];
}

}  // namespace edgeherd::agent
