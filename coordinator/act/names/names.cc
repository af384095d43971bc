#include "coordinator/act/names/names.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/core/backoff.h"
#include "common/core/protection.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/names/apart.h"
#include "coordinator/act/names/book.h"
#include "coordinator/act/names/lost.h"
#include "coordinator/act/names/request.h"
#include "coordinator/act/names/wanted.h"

namespace edgeherd::act {

namespace {

const Protection before_write("recheck", "before_names");
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

constexpr std::size_t names_a_second = 100;  // that are read, of many

}  // namespace

struct Names::State {
  State(Core& c, DnsProvider& d)
      : core(c), dns(d), book(c, d), request(c.loop()), lost(c, d, book, request) {}

  Core& core;
  DnsProvider& dns;
  NameBook book;
  DnsRequest request;
  LostNames lost;

  // The rest is about the names in use.
  bool again = false;  // asked to hurry while a request is under way
  MonoTime due{};
  MonoTime wrote_at{};
  Backoff backoff{1s, 1min};
  NamesStatus status;
  enum class Doing { reading, writing };
  Doing doing = Doing::reading;
  std::string write_failure;        // of the newest write, while something is to be written
  NamesApart apart;                 // what the next write is to have
  std::map<NameKey, Error> unread;  // of the last reading: what stands in the way of one name alone
  std::vector<NameKey> asked;       // of the read under way
  std::optional<NameSets> last;     // what was read last; none after a failure
  MonoTime read_at{};               // then
  std::set<std::pair<NameKey, std::string>> foreign_told;  // that it is taken out

  void look();
  [[nodiscard]] bool worth_reading();
  [[nodiscard]] Duration pause() const;
  void read();
  void have_read(const Result<std::vector<NameSet>>& answer);
  void tell(const NameAnswers& all, const NameSets& is);
  void tell_failures(const NameAnswers& all);
  [[nodiscard]] std::string failure() const;
  // What a name should have next, beside what it has now.
  struct Next {
    const NameAnswer* answer;
    const NameSet* now;
    NameSet set;
  };
  [[nodiscard]] std::vector<Next> next_sets(const NameAnswers& all, const NameSets& is) const;
  [[nodiscard]] std::vector<Change> to_change(std::vector<Next> sets) const;
  void write(std::vector<Change> changes);
  void tell_foreign(const NameSet& wanted);
  void written(const Status& answer);
  void failed(const Error& error);
  void late();
  void idle(MonoTime next);
};

void Names::State::idle(MonoTime next) {
  request.end();
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

void Names::State::late() {
  failed(fail(Errc::timeout, "the DNS did not answer within " +
                                 std::to_string(DnsRequest::answer_deadline / 1s) + " s"));
}

// What the names are to answer is looked at every few seconds, what they do answer only for a reason.
void Names::State::look() {
  if (worth_reading()) return read();
  due = core.now() + pause();
}

bool Names::State::worth_reading() {
  if (again || !last || book.is_old(read_at)) return true;
  const auto all = book.wanted();
  const bool asked_for_all = std::ranges::all_of(*all, [&](const auto& entry) {
    return last->contains(entry.first) || unread.contains(entry.first);
  });
  return !asked_for_all || apart.is_due(to_change(next_sets(*all, *last)), core.now());
}

Duration Names::State::pause() const {
  const std::size_t names = last ? last->size() : 0;
  return std::max<Duration>(look_period, 1s * (names / names_a_second));
}

void Names::State::read() {
  std::vector<NameKey> names;
  for (const auto& [key, answer] : *book.wanted()) names.push_back(key);
  if (names.empty()) return;
  again = false;
  ++status.reads;
  doing = Doing::reading;
  request.begin([this] { late(); });
  asked = names;
  dns.read(std::move(names), request.on_answer([this](const Result<std::vector<NameSet>>& answer) {
    have_read(answer);
  }));
}

void Names::State::have_read(const Result<std::vector<NameSet>>& answer) {
  if (!answer.ok()) return failed(answer.error());
  NameSets is;
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
  book.saw_in_use(is);
  const auto wanted = book.wanted();
  const NameAnswers& all = *wanted;
  tell(all, is);
  std::vector<Next> next = next_sets(all, is);
  for (const Next& one : next) {
    const NameSet ours = ours_of(*one.answer, one.set);
    if (core.may_act()) {
      book.remember(ours, one.now->addresses);
    } else {
      book.recognise(ours, one.now->addresses);
    }
  }
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
void Names::State::tell(const NameAnswers& all, const NameSets& is) {
  NameSet left;  // what they answer together, for the longest of their TTLs
  for (const NameKey& key : book.lost(all)) {
    if (const NameSet* seen = book.seen(key); seen != nullptr) join(left, *seen);
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

// Of every name that was read and may be changed, once anything may.
std::vector<Names::State::Next> Names::State::next_sets(const NameAnswers& all,
                                                        const NameSets& is) const {
  std::vector<Next> sets;
  const std::set<ZoneId> fixed = book.frozen();
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
  if (!core.may_act()) return {};
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
  const std::set<ZoneId> fixed = book.frozen();
  std::vector<Change> changes;
  for (Next& next : sets) {
    Change change{std::move(next.set), {}};
    std::set_difference(next.answer->zones.begin(), next.answer->zones.end(), fixed.begin(),
                        fixed.end(), std::back_inserter(change.zones));
    changes.push_back(std::move(change));
  }
  return changes;
}

// A name may have been somebody's before the configuration named it: what is taken out is said.
void Names::State::tell_foreign(const NameSet& wanted) {
  constexpr std::size_t most_told = 10'000;
  const NameKey key = key_of(wanted);
  const auto now = last ? last->find(key) : NameSets::iterator();
  if (!last || now == last->end()) return;
  const std::set<std::string>* ours = book.given(key);
  std::string foreign;
  for (const std::string& address : now->second.addresses) {
    if (wanted.addresses.contains(address)) continue;
    if (ours != nullptr && ours->contains(address)) continue;
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
  const auto when_kept = [this, changes = std::move(changes)](const Status& durable) {
    if (!durable.ok()) return idle(core.now() + look_period);
    // An order to do nothing may have come meanwhile.
    const std::set<ZoneId> fixed = book.frozen();
    const bool may = std::ranges::all_of(changes, [&](const Change& change) {
      return std::ranges::none_of(change.zones,
                                  [&](const ZoneId& zone) { return fixed.contains(zone); });
    });
    if (before_write.on() && (!core.may_act() || !may)) return idle(core.now());
    std::vector<NameSet> wanted;
    for (const Change& change : changes) {
      tell_foreign(change.set);
      wanted.push_back(change.set);
    }
    ++status.writes;
    doing = Doing::writing;
    wrote_at = core.now();
    request.allow_time([this] { late(); });
    dns.write(std::move(wanted),
              request.on_answer([this](const Status& answer) { written(answer); }));
  };
  // What the names are to say rests on states that must be durable first.
  core.when_durable(names_kept, request.on_answer(when_kept));
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

Names::Names(Core& core, DnsProvider& dns) : state_(std::make_unique<State>(core, dns)) {}
Names::~Names() = default;

void Names::restore(GivenName given) {
  state_->book.restore(std::move(given));
}

void Names::tick() {
  State& state = *state_;
  if (!state.request.is_under_way() && state.core.now() >= state.due) state.look();
  if (!state.request.is_under_way()) state.lost.tick(state.due);
}

void Names::hurry() {
  State& state = *state_;
  state.again = true;
  if (!state.request.is_under_way() && state.backoff.failures() == 0) {
    state.due = state.core.now();
  }
}

NamesStatus Names::status() const {
  NamesStatus status = state_->status;
  status.writes += state_->lost.writes();
  return status;
}

}  // namespace edgeherd::act
