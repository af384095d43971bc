#include "coordinator/act/names/lost.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace edgeherd::act {

// A server that is not taken in yet has its own name, too, once its account is listed.
bool LostNames::may_clean() const {
  if (!core_.may_act()) return false;
  return std::ranges::all_of(core_.policy().zones, [&](const auto& entry) {
    return entry.second.node_dns_name.empty() || book_.is_listed(entry.second);
  });
}

// Since when each is lost; people are told of those that viewers come by.
void LostNames::note_lost(const std::vector<NameKey>& lost) {
  std::erase_if(since_,
                [&](const auto& entry) { return !std::ranges::binary_search(lost, entry.first); });
  const bool any_new =
      std::ranges::any_of(lost, [&](const NameKey& key) { return !since_.contains(key); });
  if (!any_new) return;
  const Needed needed = still_needed();
  std::vector<NameKey> come_by;
  for (const NameKey& key : lost) {
    if (!since_.emplace(key, core_.now()).second) continue;
    const bool any = std::ranges::any_of(*book_.given(key), [&](const std::string& address) {
      return needed.lately.contains(address);
    });
    if (any) come_by.push_back(key);
  }
  if (come_by.empty()) return;
  core_.note({model::Severity::warning, "name_lost",
              "what viewers come by is not in the configuration any more: " + in_words(come_by) +
                  ": servers stay there for " + model::words_of(kept) +
                  "; if that is a slip, put it back",
              NodeId(), ZoneId()});
}

auto LostNames::still_needed() const -> Needed {
  Needed needed;
  const std::set<ZoneId> fixed = book_.frozen();
  for (const auto& [id, node] : core_.fleet().nodes()) {
    const bool is_fixed = fixed.contains(node.zone) && !node.address.empty();
    if (!may_serve(node) && !is_fixed) continue;
    const model::ZonePolicy* zone = core_.policy().zone(node.zone);
    const bool active = zone != nullptr && zone->activity == model::ZoneActivity::active;
    needed.lately.insert(node.address);
    if (!active || is_fixed) needed.later.insert(node.address);
  }
  return needed;
}

auto LostNames::needed_in(const NameKey& lost, const Needed& needed) const
    -> const std::set<std::string>& {
  const auto since = since_.find(lost);
  const bool lately = since == since_.end() || core_.now() - since->second < kept;
  return lately ? needed.lately : needed.later;
}

void LostNames::tick(MonoTime next_look) {
  if (core_.now() < due_) return;
  std::vector<NameKey> names = book_.lost(*book_.wanted());
  note_lost(names);
  // With the next look at what is wanted, which is made once for both.
  due_ = names.empty() ? next_look : core_.now() + period;
  if (names.empty()) return;
  // They are read although nothing may be cleaned: an address is gone when they are without it, too.
  if (may_clean() ? worth_reading(names) : book_.is_old(read_at_)) return read(std::move(names));
  due_ = core_.now() + look_period;
}

// Of ours only those are left there that are still needed: nothing is to be cleaned yet.
bool LostNames::worth_reading(const std::vector<NameKey>& lost) const {
  if (book_.is_old(read_at_)) return true;
  const Needed needed = still_needed();
  return std::ranges::any_of(lost, [&](const NameKey& key) {
    const NameSet* answered = book_.seen(key);
    if (answered == nullptr) return true;
    std::set<std::string> ours;
    std::ranges::set_intersection(answered->addresses, *book_.given(key),
                                  std::inserter(ours, ours.end()));
    return ours.empty() || !std::ranges::includes(needed_in(key, needed), ours);
  });
}

void LostNames::read(std::vector<NameKey> names) {
  read_at_ = core_.now();
  asked_ = names;
  request_.begin([this] { done(fail(Errc::timeout, "the DNS did not answer")); });
  dns_.read(std::move(names),
            request_.on_answer(
                [this](const Result<std::vector<NameSet>>& answer) { have_read(answer); }));
}

void LostNames::have_read(const Result<std::vector<NameSet>>& answer) {
  if (!answer.ok()) {
    // Of every one of them: see below.
    if (answer.error().code == Errc::conflict) {
      for (const NameKey& key : asked_) book_.unsee(key);
    }
    return done(answer.error());
  }
  const std::vector<NameKey> lost = book_.lost(*book_.wanted());
  const Needed needed = still_needed();
  std::vector<NameSet> changed;
  std::vector<NameKey> clean_ones;
  Status all_known;
  std::vector<NameKey> unread_ones;
  for (const NameSet& now : *answer) {
    if (now.unread) {
      // Something else stands there now: none of our addresses does.
      if (now.unread->code == Errc::conflict) book_.unsee(key_of(now));
      if (is_on_its_way(*now.unread)) continue;
      all_known = *now.unread;
      unread_ones.push_back(key_of(now));
      continue;
    }
    const NameKey key = key_of(now);
    const std::set<std::string>* given = book_.given(key);
    // The configuration may have it again since the question was asked.
    if (given == nullptr || !std::ranges::binary_search(lost, key)) continue;
    book_.saw(now);
    NameSet rest = now;
    bool ours_left = false;
    for (const std::string& address : now.addresses) {
      const bool ours = given->contains(address);
      ours_left = ours_left || ours;
      const bool stays = needed_in(key, needed).contains(address);
      if (ours && !stays) rest.addresses.erase(address);
    }
    if (rest.addresses != now.addresses) {
      if (changed.size() < most_names_at_once) changed.push_back(std::move(rest));
    } else if (!ours_left) {
      clean_ones.push_back(key);
    }
  }
  asked_ = unread_ones;
  cleaned(clean_ones);
  if (changed.empty() || !may_clean()) return done(all_known);
  for (const NameSet& set : changed) asked_.push_back(key_of(set));
  clean(std::move(changed));
}

// Who is taken out of a name for good must have left service for good.
void LostNames::clean(std::vector<NameSet> changed) {
  const auto when_kept = [this, fixed = book_.frozen(),
                          changed = std::move(changed)](const Status& durable) {
    // An order to do nothing may have come meanwhile.
    const bool may = may_clean() && book_.frozen() == fixed;
    if (!durable.ok() || !may) return done(durable);
    ++writes_;
    dns_.write(changed, request_.on_answer([this](const Status& written) {
      done(written);
      if (written.ok()) due_ = core_.now() + name_write_gap;
    }));
  };
  core_.when_durable(names_kept, request_.on_answer(when_kept));
}

void LostNames::cleaned(const std::vector<NameKey>& names) {
  if (names.empty()) return;
  for (const NameKey& key : names) book_.forget(key);
  core_.note(
      {model::Severity::info, "name_cleaned",
       "nothing has the name " + in_words(names) + " any more: none of our addresses is left there",
       NodeId(), ZoneId()});
}

void LostNames::done(const Status& answer) {
  request_.end();
  if (answer.ok()) {
    told_ = false;
    due_ = core_.now() + look_period;
    return;
  }
  if (std::exchange(told_, true)) return;
  core_.note({model::Severity::alarm, "name_not_cleaned",
              "what the configuration has lost cannot be cleaned, and may go on answering: " +
                  in_words(asked_) + ": " + answer.error().message,
              NodeId(), ZoneId()});
}

}  // namespace edgeherd::act
