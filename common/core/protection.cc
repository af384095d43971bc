#include "common/core/protection.h"

#if defined(EDGEHERD_MUTANTS)

#include <map>

namespace edgeherd {

namespace {

// Made by whoever asks first: the objects of other files may come before this one's.
std::map<std::string, const Protection*, std::less<>>& registry() {
  static std::map<std::string, const Protection*, std::less<>> names;
  return names;
}

}  // namespace

Protection::Protection(std::string_view group, std::string_view name)
    : name_(std::string(group) + "." + std::string(name)) {
  registry().emplace(name_, this);
}

Protection::~Protection() {
  const auto mine = registry().find(name_);
  if (mine != registry().end() && mine->second == this) registry().erase(mine);
}

std::vector<std::string> Protection::all() {
  std::vector<std::string> names;
  for (const auto& [name, protection] : registry()) names.push_back(name);
  return names;
}

Protection::Found Protection::switch_off(std::string_view full_name) {
  const auto found = registry().find(full_name);
  if (found == registry().end()) return Found::no;
  found->second->on_ = false;
  return Found::yes;
}

void Protection::switch_on_all() {
  for (const auto& [name, protection] : registry()) protection->on_ = true;
}

}  // namespace edgeherd

#endif
