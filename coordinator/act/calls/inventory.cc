#include "coordinator/act/calls/inventory.h"

#include <algorithm>
#include <set>
#include <utility>

namespace edgeherd::act {

namespace {

const Protection sound_only("check", "inventory_sound");
const Protection empty_is_read_only("check", "empty_database_read_only");
const Protection late_ignored("check", "inventory_late_ignored");

// A large account's list is dear: what is made or destroyed hurries it no more than to one in so
// long for each so many servers.
constexpr Duration list_gap = 3s;
constexpr std::size_t servers_of_gap = 200;

}  // namespace

Status check_inventory(const std::vector<model::Vm>& vms) {
  std::set<VmId> seen;
  for (const model::Vm& vm : vms) {
    if (vm.id.empty()) return fail(Errc::broken, "a server without an id is listed");
    if (!seen.insert(vm.id).second) {
      return fail(Errc::broken, "server " + vm.id.str() + " is listed twice");
    }
  }
  return {};
}

struct Inventory::State : std::enable_shared_from_this<State> {
  State(Core& c, ProviderId i, Provider& p, Executor& e, Known k)
      : core(c), id(std::move(i)), provider(p), executor(e), known(k) {}

  Core& core;
  const ProviderId id;
  Provider& provider;
  Executor& executor;
  const Known known;
  bool under_way = false;
  bool again = false;  // something changed while one was under way
  MonoTime due{};
  MonoTime call_at{};       // of the newest listing
  std::size_t servers = 0;  // of the newest complete one
  std::optional<MonoTime> asked_at;

  using Vms = Result<std::vector<model::Vm>>;
  void list();
  void answered(CallOutcome answer, Vms vms);
  void listed(std::vector<model::Vm> vms);
  [[nodiscard]] MonoTime soonest() const;
};

void Inventory::State::list() {
  under_way = true;
  again = false;
  const std::weak_ptr<State> self = weak_from_this();
  executor.submit<Vms>(
      Urgency::urgent, nullptr,
      [self](std::function<void(Vms)> done) {
        const auto state = self.lock();
        if (!state) return;
        state->call_at = state->core.now();
        state->provider.list(std::move(done));
      },
      [self](CallOutcome answer, Vms vms) {
        if (const auto state = self.lock()) state->answered(answer, std::move(vms));
      });
}

void Inventory::State::answered(CallOutcome answer, Vms vms) {
  if (answer == CallOutcome::late && late_ignored.on()) return;  // how old it is nobody knows
  under_way = false;
  const MonoTime now = core.now();
  due = now + core.policy().timings.inventory_period;
  if (vms.ok()) servers = vms->size();
  if (again) due = std::min(due, soonest());
  if (vms.ok()) {
    if (const Status sound = check_inventory(*vms); !sound.ok() && sound_only.on()) {
      core.apply(model::InventoryFailed{id, sound.error()});
      return;
    }
    listed(std::move(*vms));
  } else {
    core.apply(model::InventoryFailed{id, vms.error()});
  }
}

MonoTime Inventory::State::soonest() const {
  const Duration gap = static_cast<int>(servers / servers_of_gap) * list_gap;
  return std::max(core.now() + soon_delay, call_at + gap);
}

void Inventory::State::listed(std::vector<model::Vm> vms) {
  const bool first = !asked_at && known == Known::from_the_start;
  asked_at = call_at;
  core.apply(model::InventoryListed{id, core.policy().fleet_id, std::move(vms)});
  const auto& strangers = core.fleet().account(id).strangers;
  // An empty database, yet servers of ours: it was lost or restored, or we are not alone.
  if (empty_is_read_only.on() && first && core.began_empty() && !core.strangers_accepted() &&
      !strangers.empty()) {
    core.apply(model::ReadOnlySet{
        true,
        "the database knew no server, but " + std::to_string(strangers.size()) +
            " of this fleet run at " + id.str() +
            ": nothing is changed; restore the database, or `edgeherd adopt` them, and only then "
            "`edgeherd resume --read-only`"});
  }
}

Inventory::Inventory(Core& core, ProviderId id, Provider& provider, Executor& executor, Known known)
    : state_(std::make_shared<State>(core, std::move(id), provider, executor, known)) {}
Inventory::~Inventory() = default;

void Inventory::tick() {
  if (!state_->under_way && state_->core.now() >= state_->due) state_->list();
}

void Inventory::soon() {
  State& state = *state_;
  if (state.under_way) {
    state.again = true;
  } else {
    state.due = std::min(state.due, state.soonest());
  }
}

std::optional<MonoTime> Inventory::asked_at() const {
  return state_->asked_at;
}

}  // namespace edgeherd::act
