#include "coordinator/act/dns_provider.h"

#include <algorithm>
#include <utility>

namespace edgeherd::act {

namespace {

Status must_be_plain(const NameKey& key) {
  if (key.part.empty()) return {};
  return fail(Errc::invalid, key.name + ": this service has no names of several parts");
}

}  // namespace

Result<std::vector<std::string>> plain_names(const std::vector<NameKey>& keys) {
  std::vector<std::string> names;
  for (const NameKey& key : keys) {
    if (auto plain = must_be_plain(key); !plain) return plain.error();
    names.push_back(key.name);
  }
  return names;
}

Result<std::vector<std::string>> plain_names(const std::vector<NameSet>& sets) {
  std::vector<NameKey> keys;
  for (const NameSet& set : sets) keys.push_back(key_of(set));
  return plain_names(keys);
}

NameSet unread_name(const NameKey& key, Error why) {
  NameSet set;
  set.name = key.name;
  set.part = key.part;
  set.unread = std::move(why);
  return set;
}

Result<std::vector<NameSet>> answer_of(std::vector<NameSet> found) {
  const bool none = std::ranges::all_of(found, [](const NameSet& set) { return !!set.unread; });
  if (none && !found.empty()) return *found.front().unread;
  return found;
}

Status all_read(const std::vector<NameSet>& found) {
  for (const NameSet& set : found) {
    if (set.unread) return *set.unread;
  }
  return {};
}

}  // namespace edgeherd::act
