#include "coordinator/act/names.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/core/backoff.h"
#include "coordinator/act/core.h"
#include "coordinator/decide/guard.h"
#include "coordinator/decide/listing.h"

namespace edgeherd::act {

namespace {

constexpr Duration write_gap = 1s;  // between two writes

const Protection before_write("recheck", "before_names");
const Protection names_kept("journal", "names");
const Protection account_listed("check", "names_account_listed");
const Protection strangers_kept("check", "names_keep_strangers");
const Protection only_proven("check", "names_only_proven");

// Whether viewers may be sent to a node, sickness aside.
bool may_serve(const model::Node& node) {
  return node.state == model::NodeState::in_service && !node.cordoned && !node.quarantined &&
         !node.address.empty();
}

}  // namespace

std::vector<NameSet> wanted_names(const model::Fleet& fleet, const model::Policy& policy) {
  std::map<std::string, NameSet> names;
  const auto listings = decide::list_zones(fleet, policy);
  for (const auto& [id, zone] : policy.zones) {
    if (zone.dns_name.empty()) continue;
    NameSet& set = names[zone.dns_name];
    // Zones of several providers may share one name; the shortest TTL keeps every zone's promise.
    set.ttl = set.name.empty() ? zone.dns_ttl : std::min(set.ttl, zone.dns_ttl);
    set.name = zone.dns_name;
    const auto there = listings.find(id);
    if (there == listings.end()) continue;
    for (const model::Node* node : there->second.nodes) set.addresses.insert(node->address);
  }
  std::vector<NameSet> wanted;
  for (auto& [name, set] : names) wanted.push_back(std::move(set));
  return wanted;
}

std::set<std::string> kept_addresses(const model::Fleet& fleet, const model::Policy& policy,
                                     const NameSet& now) {
  std::set<std::string> kept;
  if (!strangers_kept.on()) return kept;
  const auto keep = [&](const std::string& address) {
    if (now.addresses.contains(address)) kept.insert(address);
  };
  std::set<ProviderId> accounts;
  for (const auto& [id, zone] : policy.zones) {
    if (zone.dns_name == now.name) accounts.insert(zone.provider);
  }
  for (const ProviderId& account : accounts) {
    for (const model::Vm& vm : fleet.account(account).strangers) {
      if (vm.power != model::Power::stopped) keep(vm.address);
    }
  }
  for (const auto& [id, node] : fleet.nodes()) {
    const bool on_its_way =
        node.state < model::NodeState::in_service && !node.cordoned && !node.quarantined;
    if (!on_its_way) continue;
    const model::ZonePolicy* zone = policy.zone(node.zone);
    if (zone != nullptr && zone->dns_name == now.name) keep(node.address);
  }
  return kept;
}

std::set<std::string> unproven_addresses(const model::Fleet& fleet, const model::Policy& policy,
                                         const std::string& name) {
  std::set<std::string> unproven;
  if (!only_proven.on()) return unproven;
  for (const auto& [id, node] : fleet.nodes()) {
    const bool heard_of = node.agent.heard_at || node.edge_probe.good;
    if (heard_of && node.missing_listings == 0) continue;
    const model::ZonePolicy* zone = policy.zone(node.zone);
    if (zone != nullptr && zone->dns_name == name) unproven.insert(node.address);
  }
  return unproven;
}

struct Names::State : std::enable_shared_from_this<State> {
  State(Core& c, DnsProvider& d) : core(c), dns(d) {}

  Core& core;
  DnsProvider& dns;
  bool busy = false;
  bool again = false;       // asked to hurry while busy
  std::uint64_t round = 0;  // answers of an earlier round are ignored
  MonoTime due{};
  MonoTime wrote_at{};
  TimerId deadline = TimerId::none;
  Backoff backoff{1s, 1min};
  NamesStatus status;
  std::map<std::string, std::set<std::string>> given;  // addresses that we gave, by name
  MonoTime lost_due{};
  bool lost_told = false;  // that a lost name cannot be cleaned

  void remember(const NameSet& set, const std::set<std::string>& now);
  [[nodiscard]] std::vector<std::string> lost_names() const;
  [[nodiscard]] std::set<std::string> still_needed() const;
  void read_lost();
  void have_read_lost(const Result<std::vector<NameSet>>& answer);
  void lost_done(const Status& answer);
  void read();
  void have_read(const Result<std::vector<NameSet>>& answer);
  void write(std::vector<NameSet> changed);
  void written(const Status& answer);
  void failed(const Error& error);
  void idle(MonoTime next);
  void arm_deadline();
  [[nodiscard]] bool may_write(const std::string& name) const;
  // Runs `work` if nothing newer has begun since.
  template <class Work>
  auto this_round(Work work) {
    return [self = weak_from_this(), at = round, work](const auto& answer) {
      const auto state = self.lock();
      if (state && state->round == at) work(*state, answer);
    };
  }
};

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
  ++status.failures;
  status.last_failure = error.message;
  again = false;
  idle(core.now() + backoff.next(core.random()));
  for (const auto& [id, zone] : core.policy().zones) {
    if (!zone.dns_name.empty()) core.apply(model::NamesFailed{id, error});
  }
}

void Names::State::read() {
  std::vector<std::string> names;
  for (const NameSet& set : wanted_names(core.fleet(), core.policy())) names.push_back(set.name);
  if (names.empty()) return;
  busy = true;
  again = false;
  ++round;
  ++status.reads;
  arm_deadline();
  dns.read(std::move(names),
           this_round([](State& state, const auto& answer) { state.have_read(answer); }));
}

// Nothing is written that could be wrong for want of knowledge: an account whose servers were never
// listed, a fleet that another coordinator has, a dry run.
bool Names::State::may_write(const std::string& name) const {
  if (!core.may_act()) return false;
  for (const auto& [id, zone] : core.policy().zones) {
    if (zone.dns_name != name) continue;
    if (decide::in_shadow(id, core.policy())) return false;
    const bool listed = core.fleet().account(zone.provider).listed_at.has_value();
    if (!listed && account_listed.on()) return false;
  }
  return true;
}

void Names::State::have_read(const Result<std::vector<NameSet>>& answer) {
  if (!answer.ok()) return failed(answer.error());
  std::map<std::string, NameSet> is;
  for (const NameSet& set : *answer) is[set.name] = set;
  std::vector<NameSet> wanted = wanted_names(core.fleet(), core.policy());
  const bool complete = std::all_of(wanted.begin(), wanted.end(),
                                    [&](const NameSet& set) { return is.contains(set.name); });
  if (!complete) return failed(fail(Errc::broken, "the DNS left a name out of its answer"));
  for (const auto& [id, zone] : core.policy().zones) {
    const auto read = is.find(zone.dns_name);
    if (read != is.end()) core.apply(model::NamesRead{id, read->second.addresses});
  }
  std::vector<NameSet> changed;
  for (NameSet& set : wanted) {
    const NameSet& now = is.at(set.name);
    set.addresses.merge(kept_addresses(core.fleet(), core.policy(), now));
    for (const std::string& address : unproven_addresses(core.fleet(), core.policy(), set.name)) {
      if (!now.addresses.contains(address)) set.addresses.erase(address);
    }
    const bool same =
        now.addresses == set.addresses && (set.addresses.empty() || now.ttl == set.ttl);
    if (!may_write(set.name)) continue;
    remember(set, now.addresses);
    if (!same) changed.push_back(set);
  }
  if (!changed.empty() && core.now() - wrote_at >= write_gap) return write(std::move(changed));
  status.last_failure.clear();
  backoff.reset();
  // Written a moment ago and not to be seen yet: the service needs its time.
  idle(core.now() + (changed.empty() ? read_period : write_gap));
}

// Before it is written: a crash must not forget whose addresses stand there.
void Names::State::remember(const NameSet& set, const std::set<std::string>& now) {
  std::set<std::string> ours = set.addresses;
  auto& known = given[set.name];
  for (const std::string& address : known) {
    if (now.contains(address)) ours.insert(address);
  }
  if (ours == known) return;
  known = std::move(ours);
  core.journal().put(Table::name, set.name, given_name_body({set.name, known}));
}

// Those that we gave addresses, and that no zone has any more.
std::vector<std::string> Names::State::lost_names() const {
  std::set<std::string> wanted;
  for (const auto& [id, zone] : core.policy().zones) wanted.insert(zone.dns_name);
  std::vector<std::string> lost;
  for (const auto& [name, addresses] : given) {
    if (!wanted.contains(name)) lost.push_back(name);
  }
  return lost;
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
  std::vector<std::string> names = lost_names();
  lost_due = core.now() + lost_period;
  if (names.empty() || !core.may_act()) return;
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
  const std::vector<std::string> lost = lost_names();
  std::vector<NameSet> changed;
  for (const NameSet& now : *answer) {
    const auto known = given.find(now.name);
    // The configuration may have it again since the question was asked.
    if (known == given.end() || std::find(lost.begin(), lost.end(), now.name) == lost.end())
      continue;
    NameSet rest{now.name, {}, now.ttl};
    bool ours_left = false;
    for (const std::string& address : now.addresses) {
      const bool ours = known->second.contains(address);
      ours_left = ours_left || ours;
      if (!ours || needed.contains(address)) rest.addresses.insert(address);
    }
    if (rest.addresses != now.addresses) {
      changed.push_back(std::move(rest));
    } else if (!ours_left) {
      core.note({model::Severity::info, "name_cleaned",
                 "the configuration has lost the name " + now.name +
                     ": none of our addresses is left there",
                 NodeId(), ZoneId()});
      core.journal().erase(Table::name, now.name);
      given.erase(known);
    }
  }
  if (changed.empty() || !core.may_act()) return lost_done({});
  ++status.writes;
  dns.write(std::move(changed), this_round([](State& state, const auto& written) {
              state.lost_done(written);
              if (written.ok()) state.lost_due = state.core.now() + write_gap;
            }));
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

void Names::State::write(std::vector<NameSet> changed) {
  // What the names are to say rests on states that must be durable first.
  core.when_durable(names_kept, [self = weak_from_this(), at = round,
                                 changed](const Status& durable) {
    const auto state = self.lock();
    if (!state || state->round != at) return;
    if (!durable.ok()) return state->idle(state->core.now() + read_period);
    // An order to do nothing may have come meanwhile.
    const bool may = std::all_of(changed.begin(), changed.end(), [&](const NameSet& set) {
      return !before_write.on() || state->may_write(set.name);
    });
    if (!may) return state->idle(state->core.now());
    ++state->status.writes;
    state->wrote_at = state->core.now();
    state->arm_deadline();
    state->dns.write(
        changed, state->this_round([](State& then, const auto& answer) { then.written(answer); }));
  });
}

void Names::State::written(const Status& answer) {
  if (!answer.ok()) return failed(answer.error());
  // Only reading it back says what the name answers now.
  idle(core.now());
  read();
}

Names::Names(Core& core, DnsProvider& dns) : state_(std::make_shared<State>(core, dns)) {}
Names::~Names() {
  state_->core.loop().cancel(state_->deadline);
}

void Names::tick() {
  if (!state_->busy && state_->core.now() >= state_->due) state_->read();
  if (!state_->busy && state_->core.now() >= state_->lost_due) state_->read_lost();
}

void Names::restore(GivenName name) {
  state_->given[name.name] = std::move(name.addresses);
}

void Names::hurry() {
  state_->again = true;
  if (!state_->busy && state_->status.last_failure.empty()) state_->due = state_->core.now();
}

NamesStatus Names::status() const {
  return state_->status;
}

}  // namespace edgeherd::act
