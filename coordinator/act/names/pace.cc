// When the names are worth reading: what they are to answer is looked at every few seconds, what
// they do answer only for a reason.
#include <algorithm>

#include "coordinator/act/names/state.h"
#include "coordinator/decide/lifecycle.h"

namespace edgeherd::act {

namespace {

constexpr std::size_t names_a_second = 100;  // that are read, of many

}  // namespace

Duration Names::State::pause() const {
  const std::size_t names = last ? last->size() : 0;
  return std::max<Duration>(read_period, 1s * (names / names_a_second));
}

bool Names::State::is_old(std::optional<MonoTime> at) const {
  if (!at) return true;
  const auto [awaited, quiet] = dns.read_periods();
  const Duration age = core.now() - *at;
  return age >= quiet || (age >= awaited && is_awaited());
}

// Whether a node's next step rests on what the names answer. While nothing may be done, nobody
// waits.
bool Names::State::is_awaited() const {
  if (!core.may_act()) return false;
  const std::set<ZoneId> fixed = frozen();
  return std::ranges::any_of(core.fleet().nodes(), [&](const auto& entry) {
    const model::Node& node = entry.second;
    return !fixed.contains(node.zone) &&
           decide::rests_on_names(node, core.fleet(), core.policy(), core.now());
  });
}

bool Names::State::worth_reading() {
  if (again || !last || is_old(read_at)) return true;
  const auto all = wanted();
  const bool asked_for_all = std::ranges::all_of(*all, [&](const auto& entry) {
    return last->contains(entry.first) || unread.contains(entry.first);
  });
  return !asked_for_all || apart.is_due(to_change(next_sets(*all, *last)), core.now());
}

// Of ours only those are left there that are still needed: nothing is to be cleaned yet.
bool Names::State::worth_reading(const std::vector<NameKey>& lost) const {
  if (is_old(lost_read_at)) return true;
  const Needed needed = still_needed();
  return std::ranges::any_of(lost, [&](const NameKey& key) {
    const auto answered = seen.find(key);
    if (answered == seen.end()) return true;
    std::set<std::string> ours;
    std::ranges::set_intersection(answered->second.addresses, given.at(key),
                                  std::inserter(ours, ours.end()));
    return ours.empty() || !std::ranges::includes(needed_in(key, needed), ours);
  });
}

void Names::State::look() {
  if (worth_reading()) return read();
  due = core.now() + pause();
}

}  // namespace edgeherd::act
