// Names that nobody has any more: the configuration has lost them, or their node has left the
// fleet.
#include <algorithm>
#include <utility>

#include "coordinator/act/names/state.h"

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

// Those that we gave addresses, in order.
std::vector<NameKey> Names::State::lost_names(const NameAnswers& all) const {
  std::vector<NameKey> lost;
  for (const auto& [key, addresses] : given) {
    if (!all.contains(key)) lost.push_back(key);
  }
  return lost;
}

// A server that is not taken in yet has its own name, too, once its account is listed.
bool Names::State::may_clean() const {
  if (!core.may_act()) return false;
  return std::ranges::all_of(core.policy().zones, [&](const auto& entry) {
    return entry.second.node_dns_name.empty() || is_listed(entry.second);
  });
}

// Since when each is lost; people are told of those that viewers come by.
void Names::State::note_lost(const std::vector<NameKey>& lost) {
  std::erase_if(lost_since,
                [&](const auto& entry) { return !std::ranges::binary_search(lost, entry.first); });
  const bool any_new =
      std::ranges::any_of(lost, [&](const NameKey& key) { return !lost_since.contains(key); });
  if (!any_new) return;
  const Needed needed = still_needed();
  std::vector<NameKey> come_by;
  for (const NameKey& key : lost) {
    if (!lost_since.emplace(key, core.now()).second) continue;
    const bool any = std::ranges::any_of(
        given.at(key), [&](const std::string& address) { return needed.lately.contains(address); });
    if (any) come_by.push_back(key);
  }
  if (come_by.empty()) return;
  core.note({model::Severity::warning, "name_lost",
             "what viewers come by is not in the configuration any more: " + in_words(come_by) +
                 ": servers stay there for " + model::words_of(lost_kept) +
                 "; if that is a slip, put it back",
             NodeId(), ZoneId()});
}

auto Names::State::still_needed() const -> Needed {
  Needed needed;
  const std::set<ZoneId> fixed = frozen();
  for (const auto& [id, node] : core.fleet().nodes()) {
    const bool is_fixed = fixed.contains(node.zone) && !node.address.empty();
    if (!may_serve(node) && !is_fixed) continue;
    const model::ZonePolicy* zone = core.policy().zone(node.zone);
    const bool active = zone != nullptr && zone->activity == model::ZoneActivity::active;
    needed.lately.insert(node.address);
    if (!active || is_fixed) needed.later.insert(node.address);
  }
  return needed;
}

auto Names::State::needed_in(const NameKey& lost, const Needed& needed) const
    -> const std::set<std::string>& {
  const auto since = lost_since.find(lost);
  const bool lately = since == lost_since.end() || core.now() - since->second < lost_kept;
  return lately ? needed.lately : needed.later;
}

// Apart from the names in use: one that lies outside of the service's reach must not stop those.
void Names::State::read_lost() {
  std::vector<NameKey> names = lost_names(*wanted());
  note_lost(names);
  // With the next look at what is wanted, which is made once for both.
  lost_due = names.empty() ? due : core.now() + lost_period;
  if (names.empty() || !may_clean()) return;
  if (!worth_reading(names)) {
    lost_due = core.now() + read_period;
    return;
  }
  lost_read_at = core.now();
  lost_asked = names;
  busy = true;
  ++round;
  core.loop().cancel(deadline);
  deadline = core.loop().after(answer_deadline, [self = weak_from_this(), at = round] {
    const auto state = self.lock();
    if (state && state->round == at)
      state->lost_done(fail(Errc::timeout, "the DNS did not answer"));
  });
  dns.read(std::move(names),
           this_round([](State& state, const auto& answer) { state.have_read_lost(answer); }));
}

void Names::State::have_read_lost(const Result<std::vector<NameSet>>& answer) {
  if (!answer.ok()) {
    // Of every one of them: see below.
    if (answer.error().code == Errc::conflict) {
      for (const NameKey& key : lost_asked) seen.erase(key);
    }
    return lost_done(answer.error());
  }
  const std::vector<NameKey> lost = lost_names(*wanted());
  const Needed needed = still_needed();
  std::vector<NameSet> changed;
  std::vector<NameKey> clean;
  Status all_known;
  std::vector<NameKey> unread_ones;
  for (const NameSet& now : *answer) {
    if (now.unread) {
      // Something else stands there now: none of our addresses does.
      if (now.unread->code == Errc::conflict) seen.erase(key_of(now));
      if (is_on_its_way(*now.unread)) continue;
      all_known = *now.unread;
      unread_ones.push_back(key_of(now));
      continue;
    }
    const auto known = given.find(key_of(now));
    // The configuration may have it again since the question was asked.
    if (known == given.end() || !std::ranges::binary_search(lost, known->first)) continue;
    seen[known->first] = now;
    NameSet rest = now;
    bool ours_left = false;
    for (const std::string& address : now.addresses) {
      const bool ours = known->second.contains(address);
      ours_left = ours_left || ours;
      const bool stays = needed_in(known->first, needed).contains(address);
      if (ours && !stays) rest.addresses.erase(address);
    }
    if (rest.addresses != now.addresses) {
      if (changed.size() < most_names_at_once) changed.push_back(std::move(rest));
    } else if (!ours_left) {
      clean.push_back(known->first);
    }
  }
  lost_asked = unread_ones;
  cleaned(clean);
  if (changed.empty() || !may_clean()) return lost_done(all_known);
  for (const NameSet& set : changed) lost_asked.push_back(key_of(set));
  clean_lost(std::move(changed));
}

// Who is taken out of a name for good must have left service for good.
void Names::State::clean_lost(std::vector<NameSet> changed) {
  core.when_durable(names_kept, [self = weak_from_this(), at = round, fixed = frozen(),
                                 changed = std::move(changed)](const Status& durable) {
    const auto state = self.lock();
    if (!state || state->round != at) return;
    // An order to do nothing may have come meanwhile.
    const bool may = state->may_clean() && state->frozen() == fixed;
    if (!durable.ok() || !may) return state->lost_done(durable);
    ++state->status.writes;
    state->dns.write(changed, state->this_round([](State& now, const auto& written) {
      now.lost_done(written);
      if (written.ok()) now.lost_due = now.core.now() + name_write_gap;
    }));
  });
}

void Names::State::cleaned(const std::vector<NameKey>& names) {
  if (names.empty()) return;
  for (const NameKey& key : names) {
    core.journal().erase(Table::name, to_string(key));
    given.erase(key);
    seen.erase(key);
  }
  core.note(
      {model::Severity::info, "name_cleaned",
       "nothing has the name " + in_words(names) + " any more: none of our addresses is left there",
       NodeId(), ZoneId()});
}

void Names::State::lost_done(const Status& answer) {
  ++round;
  busy = false;
  core.loop().cancel(deadline);
  if (answer.ok()) {
    lost_told = false;
    lost_due = core.now() + read_period;
    return;
  }
  if (std::exchange(lost_told, true)) return;
  core.note({model::Severity::alarm, "name_not_cleaned",
             "what the configuration has lost cannot be cleaned, and may go on answering: " +
                 in_words(lost_asked) + ": " + answer.error().message,
             NodeId(), ZoneId()});
}

}  // namespace edgeherd::act
