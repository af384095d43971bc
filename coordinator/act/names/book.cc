#include "coordinator/act/names/book.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "coordinator/decide/guard.h"
#include "coordinator/decide/lifecycle.h"

namespace edgeherd::act {

namespace {

const Protection account_listed("check", "names_account_listed");

}  // namespace

const Protection names_kept("journal", "names");

void NameBook::restore(GivenName name) {
  NameKey key = name.key;
  key.name = model::plain_name(key.name);
  const std::size_t in_row = name.addresses.size();
  std::set<std::string>& known = given_[key];
  known.merge(name.addresses);
  // Of when names had a case: another spelling would be a lost name, and cleaned.
  const bool spelled_so = key == name.key;
  Journal& journal = core_.journal();
  if (!spelled_so) journal.erase(Table::name, to_string(name.key));
  if (spelled_so && known.size() == in_row) return;
  journal.put(Table::name, to_string(key), given_name_body({key, known}));
}

std::shared_ptr<const NameAnswers> NameBook::wanted() {
  if (!made_ || made_of_ != core_.revision()) {
    made_ = std::make_shared<const NameAnswers>(answers(core_.fleet(), core_.policy()));
    made_of_ = core_.revision();
  }
  return made_;
}

std::vector<NameKey> NameBook::lost(const NameAnswers& all) const {
  std::vector<NameKey> lost;
  for (const auto& [key, addresses] : given_) {
    if (!all.contains(key)) lost.push_back(key);
  }
  return lost;
}

bool NameBook::is_listed(const model::ZonePolicy& zone) const {
  return core_.fleet().account(zone.provider).listed_at.has_value() || !account_listed.on();
}

std::set<ZoneId> NameBook::frozen() const {
  std::set<ZoneId> zones;
  for (const auto& [id, zone] : core_.policy().zones) {
    if (decide::in_shadow(id, core_.policy()) || !is_listed(zone)) zones.insert(id);
  }
  return zones;
}

bool NameBook::is_old(std::optional<MonoTime> read_at) const {
  if (!read_at) return true;
  const auto [awaited, quiet] = dns_.read_periods();
  const Duration age = core_.now() - *read_at;
  return age >= quiet || (age >= awaited && is_awaited());
}

// Whether a node's next step rests on what the names answer. While nothing may be done, nobody
// waits.
bool NameBook::is_awaited() const {
  if (!core_.may_act()) return false;
  const std::set<ZoneId> fixed = frozen();
  return std::ranges::any_of(core_.fleet().nodes(), [&](const auto& entry) {
    const model::Node& node = entry.second;
    return !fixed.contains(node.zone) &&
           decide::rests_on_names(node, core_.fleet(), core_.policy(), core_.now());
  });
}

const std::set<std::string>* NameBook::given(const NameKey& key) const {
  const auto known = given_.find(key);
  return known == given_.end() ? nullptr : &known->second;
}

void NameBook::remember(const NameSet& set, const std::set<std::string>& now) {
  const NameKey key = key_of(set);
  std::set<std::string> ours = set.addresses;
  const auto known = given_.find(key);
  if (known != given_.end()) {
    for (const std::string& address : known->second) {
      if (now.contains(address)) ours.insert(address);
    }
  }
  give(key, std::move(ours));
}

// Nothing is forgotten here: what was written last may not be seen yet.
void NameBook::recognise(const NameSet& set, const std::set<std::string>& now) {
  const NameKey key = key_of(set);
  const std::set<std::string>* known = given(key);
  std::set<std::string> ours = known != nullptr ? *known : std::set<std::string>();
  std::ranges::set_intersection(set.addresses, now, std::inserter(ours, ours.end()));
  give(key, std::move(ours));
}

void NameBook::give(const NameKey& key, std::set<std::string> ours) {
  const auto known = given_.find(key);
  if (known == given_.end() ? ours.empty() : ours == known->second) return;
  if (!ours.empty()) {
    core_.journal().put(Table::name, to_string(key), given_name_body({key, ours}));
    given_[key] = std::move(ours);
  } else {
    core_.journal().erase(Table::name, to_string(key));
    given_.erase(known);
  }
}

void NameBook::forget(const NameKey& key) {
  core_.journal().erase(Table::name, to_string(key));
  given_.erase(key);
  seen_.erase(key);
}

const NameSet* NameBook::seen(const NameKey& key) const {
  const auto known = seen_.find(key);
  return known == seen_.end() ? nullptr : &known->second;
}

void NameBook::saw(const NameSet& set) {
  seen_[key_of(set)] = set;
}

void NameBook::saw_in_use(const NameSets& sets) {
  std::erase_if(seen_, [&](const auto& entry) { return !given_.contains(entry.first); });
  for (const auto& [key, set] : sets) seen_[key] = set;
}

}  // namespace edgeherd::act
