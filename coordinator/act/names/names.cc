#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/core/backoff.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/names/state.h"
#include "coordinator/act/names/wanted.h"
#include "coordinator/decide/guard.h"

namespace edgeherd::act {

namespace {

const Protection before_write("recheck", "before_names");
const Protection account_listed("check", "names_account_listed");
const Protection all_answered("check", "names_all_answered");
const Protection all_known("check", "names_all_known");
const Protection lost_count("check", "names_lost_count");

// Of a write: fewer names at once, or another name, may do.
bool concerns_names(Errc code) {
  return code == Errc::invalid || code == Errc::refused || code == Errc::conflict ||
         code == Errc::exhausted || code == Errc::not_found;
}

void join(NameSet& all, const NameSet& one) {
  if (one.addresses.empty()) return;
  all.addresses.insert(one.addresses.begin(), one.addresses.end());
  all.ttl = std::max(all.ttl, one.ttl);
}

}  // namespace

const Protection names_kept("journal", "names");

void Names::State::arm_deadline() {
  core.loop().cancel(deadline);
  deadline = core.loop().after(answer_deadline, [self = weak_from_this(), at = round] {
    const auto state = self.lock();
    if (!state || state->round != at) return;
    state->failed(fail(Errc::timeout, "the DNS did not answer within " +
                                          std::to_string(answer_deadline / 1s) + " s"));
  });
}

void Names::State::idle(MonoTime next) {
  ++round;
  busy = false;
  core.loop().cancel(deadline);
  due = again ? core.now() : next;
}

void Names::State::failed(const Error& error) {
  const Error told = error.within(doing == Doing::reading ? "cannot be read" : "cannot be written");
  ++status.failures;
  last.reset();
  status.last_failure = told.message;
  if (doing == Doing::writing) write_failure = told.message;
  again = false;
  idle(core.now() + backoff.next(core.random()));
  for (const auto& [id, zone] : core.policy().zones) {
    if (model::has_names(zone)) core.apply(model::NamesFailed{id, told});
  }
}

std::shared_ptr<const NameAnswers> Names::State::wanted() {
  if (!made || made_of != core.revision()) {
    made = std::make_shared<const NameAnswers>(answers(core.fleet(), core.policy()));
    made_of = core.revision();
  }
  return made;
}

void Names::State::read() {
  std::vector<NameKey> names;
  for (const auto& [key, answer] : *wanted()) names.push_back(key);
  if (names.empty()) return;
  busy = true;
  again = false;
  ++round;
  ++status.reads;
  doing = Doing::reading;
  arm_deadline();
  asked = names;
  dns.read(std::move(names),
           this_round([](State& state, const auto& answer) { state.have_read(answer); }));
}

bool Names::State::is_listed(const model::ZonePolicy& zone) const {
  return core.fleet().account(zone.provider).listed_at.has_value() || !account_listed.on();
}

// The zones of which nothing is changed that could be wrong for want of knowledge: those of an
// account whose servers were never listed, and those of a dry run.
std::set<ZoneId> Names::State::frozen() const {
  std::set<ZoneId> zones;
  for (const auto& [id, zone] : core.policy().zones) {
    if (decide::in_shadow(id, core.policy()) || !is_listed(zone)) zones.insert(id);
  }
  return zones;
}

void Names::State::have_read(const Result<std::vector<NameSet>>& answer) {
  if (!answer.ok()) return failed(answer.error());
  Sets is;
  unread.clear();
  for (const NameSet& set : *answer) {
    if (set.unread) {
      unread.insert_or_assign(key_of(set), *set.unread);
    } else {
      is[key_of(set)] = set;
    }
  }
  const bool complete = std::ranges::all_of(
      asked, [&](const NameKey& key) { return is.contains(key) || unread.contains(key); });
  if (!complete && all_answered.on()) {
    return failed(fail(Errc::broken, "the DNS left a name out of its answer"));
  }
  std::erase_if(seen, [&](const auto& entry) { return !given.contains(entry.first); });
  for (const auto& [key, set] : is) seen[key] = set;
  const auto made_now = wanted();
  const NameAnswers& all = *made_now;
  tell(all, is);
  std::vector<Next> next = next_sets(all, is);
  for (const Next& one : next) remember(one.set, one.now->addresses);
  std::vector<Change> changes = to_change(std::move(next));
  last = std::move(is);
  read_at = core.now();
  // A failed write stays told until one succeeds, or nothing is to be written any more.
  if (changes.empty()) write_failure.clear();
  changes = apart.next(std::move(changes), core.now());
  status.last_failure = failure();
  tell_failures(all);
  if (!changes.empty() && core.now() - wrote_at >= name_write_gap) return write(std::move(changes));
  backoff.reset();
  // Written a moment ago and not to be seen yet: the service needs its time.
  idle(core.now() + (changes.empty() ? pause() : name_write_gap));
}

// What viewers of each zone are answered by all of its names together, and by those that the
// configuration has lost and that are not cleaned yet: an address is gone when the last of them is
// without it.
void Names::State::tell(const NameAnswers& all, const Sets& is) {
  NameSet left;  // what they answer together, for the longest of their TTLs
  for (const NameKey& key : lost_names(all)) {
    if (const auto known = seen.find(key); known != seen.end()) join(left, known->second);
  }
  std::map<ZoneId, NameSet> answered;
  std::set<ZoneId> unknown;
  for (const auto& [key, answer] : all) {
    const auto read = is.find(key);
    const bool matters = answer.of == nullptr || model::is_leaving(*answer.of);
    const bool is_new = read == is.end() && !unread.contains(key);  // since it was asked
    again = again || (is_new && matters);
    NameSet says;  // as far as it is known
    if (read != is.end()) {
      says = read->second;
    } else if (matters && answer.own && !is_new) {
      // What stands at one server's own name is at worst its address, and holds up no other.
      says.ttl = answer.wanted.ttl;
      for (const auto& [address, zone] : answer.known) says.addresses.insert(address);
    } else if (matters) {
      unknown.insert(answer.zones.begin(), answer.zones.end());
    }
    for (const ZoneId& zone : answer.zones) join(answered[zone], says);
  }
  for (auto& [zone, together] : answered) {
    if (unknown.contains(zone) && all_known.on()) continue;
    if (lost_count.on()) join(together, left);
    core.apply(model::NamesRead{zone, std::move(together.addresses), together.ttl});
  }
}

// Names that fail by themselves: of their zones, whatever the others answer.
void Names::State::tell_failures(const NameAnswers& all) {
  const auto tell_zones = [&](const NameKey& key, const Error& error) {
    const auto answer = all.find(key);
    if (answer == all.end()) return;
    for (const ZoneId& zone : answer->second.zones) core.apply(model::NamesFailed{zone, error});
  };
  for (const auto& [key, error] : unread) {
    if (!is_on_its_way(error)) tell_zones(key, error.within("cannot be read"));
  }
  for (const auto& [key, one] : apart.refused()) {
    tell_zones(key, one.error.within(to_string(key) + " cannot be written"));
  }
}

std::string Names::State::failure() const {
  for (const auto& [key, error] : unread) {
    if (!is_on_its_way(error)) return "cannot be read: " + error.message;
  }
  if (apart.refused().empty()) return write_failure;
  const auto& [key, one] = *apart.refused().begin();
  return to_string(key) + " cannot be written: " + one.error.message;
}

// Of every name that was read and may be changed.
std::vector<Names::State::Next> Names::State::next_sets(const NameAnswers& all,
                                                        const Sets& is) const {
  std::vector<Next> sets;
  if (!core.may_act()) return sets;
  const std::set<ZoneId> fixed = frozen();
  for (const auto& [key, answer] : all) {
    const auto now = is.find(key);
    if (now == is.end()) continue;
    if (auto next = next_set(answer, now->second, fixed)) {
      sets.push_back({&answer, &now->second, std::move(*next)});
    }
  }
  return sets;
}

// Those that nodes share, all of them; then so many of the nodes' own, first those that lose an
// address: somebody waits for that.
std::vector<Change> Names::State::to_change(std::vector<Next> sets) const {
  std::erase_if(sets, [](const Next& next) { return is_same(*next.now, next.set); });
  const auto own = std::stable_partition(
      sets.begin(), sets.end(), [](const Next& next) { return next.answer->of == nullptr; });
  std::stable_partition(own, sets.end(), [](const Next& next) {
    const std::set<std::string>& stay = next.set.addresses;
    const std::set<std::string>& now = next.now->addresses;
    return !std::includes(stay.begin(), stay.end(), now.begin(), now.end());
  });
  constexpr std::ptrdiff_t most = most_names_at_once;
  if (sets.end() - own > most) sets.erase(own + most, sets.end());
  const std::set<ZoneId> fixed = frozen();
  std::vector<Change> changes;
  for (Next& next : sets) {
    Change change{std::move(next.set), {}};
    std::set_difference(next.answer->zones.begin(), next.answer->zones.end(), fixed.begin(),
                        fixed.end(), std::back_inserter(change.zones));
    changes.push_back(std::move(change));
  }
  return changes;
}

// Before it is written: a crash must not forget whose addresses stand there.
void Names::State::remember(const NameSet& set, const std::set<std::string>& now) {
  const NameKey key = key_of(set);
  std::set<std::string> ours = set.addresses;
  const auto known = given.find(key);
  if (known != given.end()) {
    for (const std::string& address : known->second) {
      if (now.contains(address)) ours.insert(address);
    }
    if (ours == known->second) return;
  }
  if (!ours.empty()) {
    core.journal().put(Table::name, to_string(key), given_name_body({key, ours}));
    given[key] = std::move(ours);
  } else if (known != given.end()) {
    core.journal().erase(Table::name, to_string(key));
    given.erase(known);
  }
}

// A name may have been somebody's before the configuration named it: what is taken out is said.
void Names::State::tell_foreign(const NameSet& wanted) {
  constexpr std::size_t most_told = 10'000;
  const NameKey key = key_of(wanted);
  const auto now = last ? last->find(key) : Sets::iterator();
  if (!last || now == last->end()) return;
  const auto ours = given.find(key);
  std::string foreign;
  for (const std::string& address : now->second.addresses) {
    if (wanted.addresses.contains(address)) continue;
    if (ours != given.end() && ours->second.contains(address)) continue;
    if (foreign_told.size() > most_told) foreign_told.clear();
    if (foreign_told.emplace(key, address).second)
      foreign += (foreign.empty() ? "" : ", ") + address;
  }
  if (foreign.empty()) return;
  core.note({model::Severity::warning, "foreign_addresses",
             to_string(key) + " loses addresses that were never ours there: " + foreign, NodeId(),
             ZoneId()});
}

void Names::State::write(std::vector<Change> changes) {
  // What the names are to say rests on states that must be durable first.
  core.when_durable(names_kept, [self = weak_from_this(), at = round,
                                 changes = std::move(changes)](const Status& durable) {
    const auto state = self.lock();
    if (!state || state->round != at) return;
    if (!durable.ok()) return state->idle(state->core.now() + read_period);
    // An order to do nothing may have come meanwhile.
    const std::set<ZoneId> fixed = state->frozen();
    const bool may = std::ranges::all_of(changes, [&](const Change& change) {
      return std::ranges::none_of(change.zones,
                                  [&](const ZoneId& zone) { return fixed.contains(zone); });
    });
    if (before_write.on() && (!state->core.may_act() || !may)) {
      return state->idle(state->core.now());
    }
    std::vector<NameSet> wanted;
    for (const Change& change : changes) {
      state->tell_foreign(change.set);
      wanted.push_back(change.set);
    }
    ++state->status.writes;
    state->doing = Doing::writing;
    state->wrote_at = state->core.now();
    state->arm_deadline();
    state->dns.write(std::move(wanted), state->this_round([](State& then, const auto& answer) {
      then.written(answer);
    }));
  });
}

void Names::State::written(const Status& answer) {
  if (!answer.ok()) {
    using Fault = NamesApart::Fault;
    const bool by_names = concerns_names(answer.error().code) &&
                          apart.refused(answer.error(), core.now(), core.random()) == Fault::names;
    if (!by_names) return failed(answer.error());
    ++status.failures;
    write_failure = "cannot be written: " + answer.error().message;
    status.last_failure = failure();
    return idle(core.now() + name_write_gap);
  }
  apart.written();
  write_failure.clear();
  status.last_failure = failure();
  // Only reading it back says what the name answers now.
  idle(core.now());
  read();
}

Names::Names(Core& core, DnsProvider& dns) : state_(std::make_shared<State>(core, dns)) {}
Names::~Names() {
  state_->core.loop().cancel(state_->deadline);
}

void Names::tick() {
  if (!state_->busy && state_->core.now() >= state_->due) state_->look();
  if (!state_->busy && state_->core.now() >= state_->lost_due) state_->read_lost();
}

void Names::restore(GivenName name) {
  NameKey key = name.key;
  key.name = model::plain_name(key.name);
  const std::size_t in_row = name.addresses.size();
  std::set<std::string>& known = state_->given[key];
  known.merge(name.addresses);
  // Of when names had a case: another spelling would be a lost name, and cleaned.
  const bool spelled_so = key == name.key;
  Journal& journal = state_->core.journal();
  if (!spelled_so) journal.erase(Table::name, to_string(name.key));
  if (spelled_so && known.size() == in_row) return;
  journal.put(Table::name, to_string(key), given_name_body({key, known}));
}

void Names::hurry() {
  state_->again = true;
  if (!state_->busy && state_->backoff.failures() == 0) state_->due = state_->core.now();
}

NamesStatus Names::status() const {
  return state_->status;
}

}  // namespace edgeherd::act
