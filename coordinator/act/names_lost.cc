// Names that nobody has any more: the configuration has lost them, or their node has left the
// fleet.
#include <algorithm>
#include <utility>

#include "coordinator/act/names_state.h"

namespace edgeherd::act {

namespace {

// Whether viewers may be sent to a node, sickness aside.
bool may_serve(const model::Node& node) {
  return node.state == model::NodeState::in_service && !node.cordoned && !node.quarantined &&
         !node.address.empty();
}

}  // namespace

// Those that we gave addresses.
std::vector<NameKey> Names::State::lost_names(const Answers& all) const {
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

// Servers in service in a zone that is not active: its file may be lost, and viewers come by this
// name. Their addresses stay until they have left.
std::set<std::string> Names::State::still_needed() const {
  std::set<std::string> needed;
  for (const auto& [id, node] : core.fleet().nodes()) {
    const model::ZonePolicy* zone = core.policy().zone(node.zone);
    const bool active = zone != nullptr && zone->activity == model::ZoneActivity::active;
    if (!active && may_serve(node)) needed.insert(node.address);
  }
  return needed;
}

// Apart from the names in use: one that lies outside of the service's reach must not stop those.
void Names::State::read_lost() {
  std::vector<NameKey> names = lost_names(*wanted());
  // With the next look at what is wanted, which is made once for both.
  lost_due = names.empty() ? due : core.now() + lost_period;
  if (names.empty() || !may_clean()) return;
  if (!worth_reading(names)) {
    lost_due = core.now() + read_period;
    return;
  }
  lost_read_at = core.now();
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
  if (!answer.ok()) return lost_done(answer.error());
  const std::set<std::string> needed = still_needed();
  const std::vector<NameKey> lost = lost_names(*wanted());
  std::vector<NameSet> changed;
  std::vector<NameKey> clean;
  Status all_known;
  for (const NameSet& now : *answer) {
    if (now.unread) {
      all_known = *now.unread;
      continue;
    }
    const auto known = given.find(key_of(now));
    // The configuration may have it again since the question was asked.
    if (known == given.end() || std::find(lost.begin(), lost.end(), known->first) == lost.end())
      continue;
    seen[known->first] = now;
    NameSet rest = now;
    bool ours_left = false;
    for (const std::string& address : now.addresses) {
      const bool ours = known->second.contains(address);
      ours_left = ours_left || ours;
      if (ours && !needed.contains(address)) rest.addresses.erase(address);
    }
    if (rest.addresses != now.addresses) {
      if (changed.size() < most_names_at_once) changed.push_back(std::move(rest));
    } else if (!ours_left) {
      clean.push_back(known->first);
    }
  }
  cleaned(clean);
  if (changed.empty() || !may_clean()) return lost_done(all_known);
  ++status.writes;
  dns.write(std::move(changed), this_round([](State& state, const auto& written) {
              state.lost_done(written);
              if (written.ok()) state.lost_due = state.core.now() + name_write_gap;
            }));
}

void Names::State::cleaned(const std::vector<NameKey>& names) {
  if (names.empty()) return;
  for (const NameKey& key : names) {
    core.journal().erase(Table::name, to_string(key));
    given.erase(key);
    seen.erase(key);
  }
  const std::string more =
      names.size() == 1 ? "" : " and " + std::to_string(names.size() - 1) + " more";
  core.note({model::Severity::info, "name_cleaned",
             "nothing has the name " + to_string(names.front()) + more +
                 " any more: none of our addresses is left there",
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
  core.note({model::Severity::warning, "name_not_cleaned",
             "a name that the configuration has lost cannot be cleaned: " + answer.error().message,
             NodeId(), ZoneId()});
}

}  // namespace edgeherd::act
