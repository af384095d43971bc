#include "coordinator/act/controller.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "coordinator/act/controller_state.h"
#include "coordinator/decide/health.h"
#include "coordinator/decide/lifecycle.h"
#include "coordinator/decide/placing.h"
#include "coordinator/model/epoch.h"

namespace edgeherd::act {

namespace {

constexpr Duration least_standstill = 15s;
constexpr int standstill_ticks = 3;  // where ticks are rare
constexpr Duration dark_for = 15s;   // until it is told that a zone's edges do not answer

const Protection stands_anew("check", "standstill_is_a_start");
const Protection windows_go_on("check", "reload_keeps_windows");
const Protection word_for_then("check", "confirmation_of_then");
const Protection word_before_start("check", "confirmation_spent_at_start");

// Facts after which something may have to be done at once. Samples and most probes wait for the
// tick.
bool is_urgent(const model::Event& event) {
  using namespace model;
  return std::visit(
      []<class E>(const E& e) {
        if constexpr (std::is_same_v<E, CommandAnswered>) {
          return e.outcome != CommandAnswered::Outcome::accepted;
        } else if constexpr (std::is_same_v<E, StateEntered>) {
          return e.state != NodeState::gone;  // the next step of its way may be due already
        } else {
          return std::is_same_v<E, CreateAnswered> || std::is_same_v<E, KeyBound> ||
                 std::is_same_v<E, HelloHeard> || std::is_same_v<E, ArchiveChecked> ||
                 std::is_same_v<E, FlagSet> || std::is_same_v<E, RemovalsConfirmed> ||
                 std::is_same_v<E, Resumed> || std::is_same_v<E, ReadOnlySet>;
        }
      },
      event);
}

CoreSeams core_seams(const Seams& seams) {
  assert(seams.loop != nullptr && seams.random != nullptr && seams.store != nullptr);
  assert(seams.history != nullptr && seams.notifier != nullptr && seams.agents != nullptr);
  assert(seams.archive != nullptr);
  return {*seams.loop, *seams.random, *seams.store, *seams.history, *seams.notifier, *seams.agents};
}

}  // namespace

Controller::State::State(Seams s, ControllerSettings c, model::Policy p)
    : seams(std::move(s)),
      settings(std::move(c)),
      core(core_seams(seams), std::move(p)),
      orders(core),
      uploads(core, *seams.archive, *seams.agents, settings.uploads),
      names(seams.dns != nullptr ? std::make_unique<Names>(core, *seams.dns) : nullptr),
      stories(core, *seams.archive),
      carry_out(core, accounts, uploads, stories, settings.user_data,
                [this] {
                  if (names) names->hurry();
                }),
      recorder(*seams.history, settings.record) {
  for (const auto& [id, port] : seams.accounts) {
    accounts[id] =
        std::make_unique<Account>(core, id, *port.provider, port.limits, Known::from_the_start);
  }
  core.on_gone([this](const model::Node& node) {
    stories.ended(node, uploads);
    uploads.forget(node.id);
  });
  core.on_event([this](const model::Event& event) { saw(event); });
}

Controller::State::~State() {
  core.loop().cancel(timer);
}

Status Controller::State::check_policy(const model::Policy& policy,
                                       const std::set<ProviderId>& to_come) const {
  for (const auto& [id, zone] : policy.zones) {
    if (!accounts.contains(zone.provider) && !to_come.contains(zone.provider)) {
      return fail(Errc::invalid, "zone " + id.str() + ": provider '" + zone.provider.str() +
                                     "' has no account here");
    }
    if (model::has_names(zone) && !names) {
      const auto shared = model::shared_names(zone);
      return fail(Errc::invalid, "zone " + id.str() + ": it has the name " +
                                     (shared.empty() ? zone.node_dns_name : shared[0].name) +
                                     ", but no DNS is configured");
    }
  }
  return {};
}

void Controller::State::saw(const model::Event& event) {
  stories.saw(event);
  if (const auto* entered = std::get_if<model::StateEntered>(&event)) fit.erase(entered->node);
  if (running && (is_urgent(event) || makes_fit(event))) hurry();
}

// The last good probe that a node in verification waited for. (A sample that makes it fit needs no
// look of its own: such nodes are probed several times a second.) One that stays fit, and is held by
// a brake, needs no more ticks than others.
bool Controller::State::makes_fit(const model::Event& event) {
  const auto* probed = std::get_if<model::Probed>(&event);
  if (probed == nullptr || probed->error) return false;
  const model::Node* node = core.fleet().node(probed->node);
  if (node == nullptr || node->state != model::NodeState::verifying) return false;
  if (!decide::unfit(*node, core.policy(), core.now())) return fit.insert(node->id).second;
  fit.erase(node->id);
  return false;
}

void Controller::State::arm(MonoTime when) {
  core.loop().cancel(timer);
  next_at = when;
  timer = core.loop().at(when, [self = weak_from_this()] {
    if (const auto state = self.lock()) state->tick();
  });
}

void Controller::State::hurry() {
  const Duration least = 1s / std::max(1, settings.ticks_per_s);
  const MonoTime when = std::max(core.now(), ticked_at ? *ticked_at + least : core.now());
  if (when < next_at) arm(when);
}

// A process that was stopped (SIGSTOP, a frozen machine) knows only what was: deadlines have passed
// that nobody watched, and another coordinator may have acted. It begins anew, as after a start.
void Controller::State::stood_still(Duration span) {
  core.note({model::Severity::alarm, "stood_still",
             "the coordinator stood still for " +
                 std::to_string(static_cast<long long>(seconds(span))) +
                 " s; the rules of a start apply again",
             NodeId(), ZoneId()});
  core.apply(model::Started{core.fleet().epoch()});
}

void Controller::State::tick() {
  const MonoTime now = core.now();
  ++ticks;
  const Duration standstill =
      std::max(least_standstill, standstill_ticks * core.policy().timings.tick);
  if (ticked_at && now - *ticked_at > standstill && stands_anew.on()) stood_still(now - *ticked_at);
  ticked_at = now;
  // The cadence is constant: a tick that was brought forward moves none of the others.
  while (next_regular <= now) next_regular += core.policy().timings.tick;
  arm(next_regular);

  core.tick();
  for (auto& [id, account] : accounts) account->inventory.tick();
  plan = decide::plan(core.fleet(), core.policy(), now);
  last_plan = core.now() - now;
  // Before the fleet goes on: the record is of what the plan was made of.
  recorder.record(plan, core.fleet(), core.policy(), now, core.wall());
  for (const decide::VerdictChange& v : plan.verdicts) {
    core.apply(model::VerdictGiven{v.node, v.verdict, v.reason, v.failing});
  }
  for (const decide::ZoneDecision& zone : plan.zones) {
    core.apply(model::ProposalMade{zone.zone, zone.proposal});
    core.apply(model::LatencyJudged{zone.zone, zone.latency_high});
  }
  carry_out.run(plan);
  if (names) names->tick();
  watch_edges(now);
  if (listener) listener();
}

// When most edges of a zone do not answer, no verdict says so: the fault is likelier ours than all
// of theirs. Somebody has to know all the same.
void Controller::State::watch_edges(MonoTime now) {
  const auto zones = decide::edge_answers(core.fleet(), now);
  for (const auto& [zone, edges] : zones) {
    if (2 * edges.good >= edges.known) continue;
    Dark& dark = dark_zones.try_emplace(zone, Dark{now, false}).first->second;
    if (dark.told || now - dark.since < dark_for) continue;
    dark.told = true;
    core.note({model::Severity::alarm, "edges_silent",
               std::to_string(edges.known - edges.good) + " of " + std::to_string(edges.known) +
                   " edge ports do not answer our probes",
               NodeId(), zone});
  }
  std::erase_if(dark_zones, [&](const auto& entry) {
    const auto edges = zones.find(entry.first);
    if (edges != zones.end() && 2 * edges->second.good < edges->second.known) return false;
    if (entry.second.told) {
      core.note({model::Severity::info, "edges_answer", "most edge ports answer again", NodeId(),
                 entry.first});
    }
    return true;
  });
}

// A confirmation that was for another configuration, and what is left of one that has been used.
void Controller::State::drop_spent_confirmations() {
  std::map<ZoneId, int> serving;
  for (const auto& [id, node] : core.fleet().nodes()) {
    serving[node.zone] += node.state == model::NodeState::in_service ? 1 : 0;
  }
  std::vector<ZoneId> spent;
  for (const auto& [id, zone] : core.fleet().zones()) {
    if (zone.confirmed_removals == 0 || !word_before_start.on()) continue;
    const std::optional<int> asked = model::asked_maximum(core.policy().zone(id));
    const bool used = asked && serving[id] <= *asked;
    if (used || asked != zone.confirmed_for) spent.push_back(id);
  }
  for (const ZoneId& id : spent) core.apply(model::RemovalsConfirmed{id, 0});
}

void Controller::State::open_changed_placements() {
  for (const model::PlacementOpened& opened : decide::made_otherwise(core.fleet(), core.policy())) {
    core.apply(opened);
  }
}

Controller::Controller(Seams seams, ControllerSettings settings, model::Policy policy)
    : state_(std::make_shared<State>(std::move(seams), std::move(settings), std::move(policy))) {}

Controller::~Controller() = default;

void Controller::start(Restored restored, Reply<void> started) {
  State& state = *state_;
  if (const Status sound = state.check_policy(state.core.policy(), {}); !sound.ok()) {
    state.core.loop().post([started = std::move(started), sound] { started(sound); });
    return;
  }
  state.core.restore(restored);
  std::vector<NameKey> left_behind;
  for (GivenName& given : restored.names) {
    if (!state.names) left_behind.push_back(given.key);
    if (state.names) state.names->restore(std::move(given));
  }
  for (Folded& folded : restored.folded) state.uploads.restore(std::move(folded));
  for (Segment& segment : restored.segments) state.uploads.restore(std::move(segment));
  // One that another has superseded is so after a restart, too: with an epoch of its own that no
  // agent finds too low it would act beside the other.
  const std::uint64_t met = restored.epoch_met;
  std::uint64_t epoch = restored.orders.epoch;
  if (met <= epoch) epoch = model::epoch_after(epoch, state.core.loop().clock().wall());
  state.core.begin_epoch(epoch, [self = std::weak_ptr<State>(state_), started = std::move(started),
                                 met, left_behind](const Status& status) {
    const auto then = self.lock();
    if (!then) return;
    if (!status.ok()) return started(status.error().within("storing the new epoch"));
    then->core.apply(model::EpochMet{met});
    then->drop_spent_confirmations();
    then->open_changed_placements();
    then->tell_left_behind(left_behind);
    then->running = true;
    then->next_regular = then->core.now();
    then->arm(then->core.now());
    started({});
  });
}

void Controller::apply(const model::Event& event) {
  state_->core.apply(event);
}

Status Controller::check_policy(const model::Policy& policy,
                                const std::set<ProviderId>& to_come) const {
  return state_->check_policy(policy, to_come);
}

Status Controller::set_policy(model::Policy policy) {
  if (const Status sound = state_->check_policy(policy, {}); !sound.ok()) return sound;
  std::vector<ZoneId> fresh;
  std::vector<ZoneId> spent;
  for (const auto& [id, zone] : policy.zones) {
    if (state_->core.policy().zone(id) == nullptr || !windows_go_on.on()) fresh.push_back(id);
  }
  // The operator's word was for what was asked then, and for nothing later.
  for (const auto& [id, zone] : state_->core.fleet().zones()) {
    const auto before = model::asked_maximum(state_->core.policy().zone(id));
    if (!word_for_then.on() || before == model::asked_maximum(policy.zone(id))) continue;
    state_->orders.forget_confirmation(id);
    if (zone.confirmed_removals > 0) spent.push_back(id);
  }
  const model::Policy& old = state_->core.policy();
  const bool agents_concerned =
      policy.shadow != old.shadow || policy.timings.sample_period != old.timings.sample_period;
  state_->core.set_policy(std::move(policy));
  if (agents_concerned) state_->greet_all();
  for (const ZoneId& id : spent) state_->core.apply(model::RemovalsConfirmed{id, 0});
  state_->open_changed_placements();
  // Nothing is known of what such a zone needed before: as if it had needed all that it may have.
  for (const ZoneId& id : fresh) {
    state_->core.apply(model::ProposalMade{id, state_->core.policy().zone(id)->max_servers});
  }
  state_->hurry();
  return {};
}

void Controller::add_account(const ProviderId& id, AccountPort account) {
  State& state = *state_;
  if (state.accounts.contains(id)) return;
  state.seams.accounts[id] = account;
  state.accounts[id] = std::make_unique<Account>(state.core, id, *account.provider, account.limits,
                                                 Known::since_a_reload);
}

void Controller::set_limits(const ProviderId& id, const ExecutorLimits& limits) {
  State& state = *state_;
  state.seams.accounts.at(id).limits = limits;
  state.accounts.at(id)->executor.set_limits(limits);
}

decide::Plan Controller::plan_now() const {
  const Core& core = state_->core;
  return decide::plan(core.fleet(), core.policy(), core.now());
}

const model::Fleet& Controller::fleet() const {
  return state_->core.fleet();
}
const model::Policy& Controller::policy() const {
  return state_->core.policy();
}
const decide::Plan& Controller::last_plan() const {
  return state_->plan;
}
std::optional<MonoTime> Controller::last_tick() const {
  return state_->ticked_at;
}
StoredLogs Controller::stored_logs(const NodeId& node) const {
  return state_->uploads.stored(node);
}
void Controller::on_tick(std::function<void()> listener) {
  state_->listener = std::move(listener);
}
void Controller::on_pause(std::function<void()> listener) {
  state_->pause_listener = std::move(listener);
}

ControllerStatus Controller::status() const {
  const State& state = *state_;
  ControllerStatus status;
  status.ticks = state.ticks;
  status.events = state.core.events();
  status.commits = state.core.journal().commits();
  status.commit_failures = state.core.journal().failures();
  status.commit_failure = state.core.journal().failure();
  status.uncommitted_rows = state.core.journal().pending();
  status.last_plan = state.last_plan;
  status.actions = state.carry_out.counts();
  for (const decide::Withheld& held : state.plan.withheld) {
    ++status.withheld[std::string(to_string(held.brake))];
  }
  status.notes = state.core.notes();
  for (const auto& [id, account] : state.accounts) {
    const model::Account& known = state.core.fleet().account(id);
    status.accounts[id] = {account->executor.status(), known.listed_at, known.failure};
  }
  if (state.names) status.names = state.names->status();
  status.uploads = state.uploads.status();
  return status;
}

}  // namespace edgeherd::act
