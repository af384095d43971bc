#include "coordinator/act/seams/dns_provider.h"

#include <algorithm>
#include <map>
#include <utility>

namespace edgeherd::act {

std::string in_words(const std::vector<NameKey>& names) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + to_string(names[i]);
  }
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

Status must_be_in(const std::string& zone, const std::string& name) {
  if (name == zone || name.ends_with("." + zone)) return {};
  return fail(Errc::invalid, name + " is not in the zone " + zone);
}

Status must_be_plain(const NameKey& key) {
  if (key.part.empty()) return {};
  return fail(Errc::invalid, key.name + ": this service has no names of several parts");
}

Result<std::vector<std::string>> plain_names(const std::vector<NameSet>& sets) {
  std::vector<std::string> names;
  for (const NameSet& set : sets) {
    if (auto plain = must_be_plain(key_of(set)); !plain) return plain.error();
    names.push_back(set.name);
  }
  return names;
}

NameSet unread_name(const NameKey& key, Error why) {
  NameSet set;
  set.name = key.name;
  set.part = key.part;
  set.unread = std::move(why);
  return set;
}

Result<std::vector<NameSet>> answer_of(std::vector<NameSet> found) {
  const bool none = std::ranges::all_of(found, [&](const NameSet& set) {
    return set.unread && !is_on_its_way(*set.unread) && found.front().unread &&
           set.unread->code == found.front().unread->code;
  });
  if (none && !found.empty()) return *found.front().unread;
  return found;
}

Status all_read(const std::vector<NameSet>& found) {
  for (const NameSet& set : found) {
    if (set.unread) return *set.unread;
  }
  return {};
}

FitNames::FitNames(const std::vector<NameKey>& asked,
                   const std::function<Status(const NameKey&)>& fits) {
  for (const NameKey& key : asked) {
    const Status good = fits(key);
    if (good) fit_.push_back(key);
    answer_.push_back(good ? NameSet{key.name, {}, {}, key.part} : unread_name(key, good.error()));
  }
}

std::vector<std::string> FitNames::names() const {
  std::vector<std::string> names;
  for (const NameKey& key : fit_) names.push_back(key.name);
  return names;
}

Result<std::vector<NameSet>> FitNames::with(Result<std::vector<NameSet>> found) const {
  if (!found) return found;
  std::vector<NameSet> all = answer_;
  std::map<NameKey, NameSet> sets;
  for (NameSet& set : *found) sets.insert_or_assign(key_of(set), std::move(set));
  for (NameSet& set : all) {
    const auto known = sets.find(key_of(set));
    if (!set.unread && known != sets.end()) set = known->second;
  }
  return answer_of(std::move(all));
}

}  // namespace edgeherd::act
