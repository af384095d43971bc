#include "coordinator/act/dns_provider.h"

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

}  // namespace edgeherd::act
