#include "coordinator/act/calls/calls.h"

#include <utility>

#include "coordinator/decide/guard.h"
#include "coordinator/decide/lifecycle.h"

namespace edgeherd::act {

using model::Call;
using model::Vm;

namespace {

// Once when all is durable and once when the executor is about to ask: one re-check.
const Protection before_call("recheck", "before_call");
const Protection launch_kept("journal", "launch_intent");
const Protection destroy_kept("journal", "destroy_intent");
const Protection reboot_kept("journal", "reboot_intent");

}  // namespace

struct Calls::State : std::enable_shared_from_this<State> {
  State(Core& c, Accounts& a, const UserDataSource& u) : core(c), accounts(a), user_data(u) {}

  Core& core;
  Accounts& accounts;
  const UserDataSource& user_data;
  std::map<NodeId, MonoTime> create_ended;

  void open_intent(const decide::Action& action, IntentKind kind);
  // Once all is durable (`intent_kept` names the wait), and if the action is still right, runs
  // `submit` with its account.
  void when_safe(const Protection& intent_kept, const decide::Action& action,
                 std::function<void(Account&)> submit);
  // Why the call must not be made any more, if so.
  [[nodiscard]] std::optional<std::string> stale(const decide::Action& action) const;
  [[nodiscard]] Executor::Stale still_right(const decide::Action& action) const;
  // And the node's server is still the one that the intent names: a listing may have changed it.
  [[nodiscard]] Executor::Stale still_at(const decide::Action& action, const VmId& vm) const;
  // Folds the end of a call that was never made, and says so.
  void not_asked(const decide::Action& action, const Error& error);
  [[nodiscard]] CreateRequest request_for(const model::Node& node) const;
  void submit_create(const decide::Action& action, Account& account);
  void submit_destroy(const decide::Action& action, const VmId& vm, Account& account);
  void submit_reboot(const decide::Action& action, const VmId& vm, Account& account);
  void created(const decide::Action& action, CallOutcome answer, Result<Vm> vm);
  void destroyed(const decide::Action& action, CallOutcome answer, const Status& status);
};

void Calls::State::open_intent(const decide::Action& action, IntentKind kind) {
  const model::Node* node = core.fleet().node(action.node);
  if (node == nullptr) return;
  const Intent* known = core.intents().find(action.node, kind);
  if (known != nullptr && known->open && known->vm == node->vm) return;
  Intent intent;
  intent.node = node->id;
  intent.kind = kind;
  intent.zone = node->zone;
  intent.provider = node->provider;
  if (kind != IntentKind::launch) intent.vm = node->vm;
  intent.made = core.stored();
  core.intents().open(std::move(intent));
}

std::optional<std::string> Calls::State::stale(const decide::Action& action) const {
  if (auto why = decide::stale_precondition(before_call, action, core.fleet(), core.policy())) {
    return why;
  }
  // The store and the queue may have taken the time that its boot needs.
  const model::Node* node = core.fleet().node(action.node);
  const bool again = action.kind == decide::ActionKind::create_again && node != nullptr;
  if (again && decide::too_late_to_boot(*node, core.fleet(), core.policy(), core.now())) {
    return "it is too late to boot in time";
  }
  return std::nullopt;
}

Executor::Stale Calls::State::still_right(const decide::Action& action) const {
  return [self = weak_from_this(), action]() -> std::optional<std::string> {
    const auto state = self.lock();
    if (!state) return "the coordinator stops";
    return state->stale(action);
  };
}

Executor::Stale Calls::State::still_at(const decide::Action& action, const VmId& vm) const {
  return [self = weak_from_this(), right = still_right(action), action,
          vm]() -> std::optional<std::string> {
    if (auto why = right()) return why;
    const auto state = self.lock();
    const model::Node* known = state ? state->core.fleet().node(action.node) : nullptr;
    if (known == nullptr || known->vm != vm)
      return "server " + vm.str() + " is not its server any more";
    // The late answer of a try that was given up says that it was done.
    const bool again = action.kind == decide::ActionKind::reboot && known->leaving.rebooted;
    return again ? std::optional<std::string>("it was rebooted already") : std::nullopt;
  };
}

void Calls::State::not_asked(const decide::Action& action, const Error& error) {
  core.apply(model::CallStarted{action.node, Call::none});
  // At a restart one that is open would be taken for a reboot that may have been done.
  if (action.kind == decide::ActionKind::reboot) {
    core.intents().close(action.node, IntentKind::reboot, "not asked: " + error.message,
                         core.stored());
  }
  if (error.code == Errc::conflict) return;  // no longer wanted
  core.note({model::Severity::warning, "call_not_made",
             std::string(to_string(action.kind)) + " was not asked for: " + error.message,
             action.node, action.zone});
}

void Calls::State::when_safe(const Protection& intent_kept, const decide::Action& action,
                             std::function<void(Account&)> submit) {
  core.when_durable(intent_kept, [self = weak_from_this(), action,
                                  submit = std::move(submit)](const Status& status) {
    const auto state = self.lock();
    if (!state) return;
    if (!status.ok()) return state->not_asked(action, status.error());
    if (const auto reason = state->stale(action)) {
      return state->not_asked(action, fail(Errc::conflict, *reason));
    }
    submit(*state->accounts.at(action.provider));
  });
}

CreateRequest Calls::State::request_for(const model::Node& node) const {
  CreateRequest request;
  request.node = node.id;
  request.fleet = core.policy().fleet_id;
  request.zone = node.zone;
  request.place = node.place;
  request.image = node.image;
  request.size = node.size;
  request.user_data = make_user_data(user_data, request.fleet, node.id, node.zone);
  return request;
}

void Calls::State::submit_create(const decide::Action& action, Account& account) {
  const std::weak_ptr<State> self = weak_from_this();
  account.executor.submit<Result<Vm>>(
      Urgency::normal, still_right(action),
      [self, action](std::function<void(Result<Vm>)> done) {
        const auto state = self.lock();
        const model::Node* node = state ? state->core.fleet().node(action.node) : nullptr;
        if (node == nullptr) return;  // asked just before: the precondition held
        state->accounts.at(action.provider)
            ->provider.create(state->request_for(*node), std::move(done));
      },
      [self, action](CallOutcome answer, Result<Vm> vm) {
        if (const auto state = self.lock()) state->created(action, answer, std::move(vm));
      });
}

void Calls::State::created(const decide::Action& action, CallOutcome answer, Result<Vm> vm) {
  if (answer == CallOutcome::not_started) return not_asked(action, vm.error());
  if (core.fleet().node(action.node) != nullptr) create_ended[action.node] = core.now();
  accounts.at(action.provider)->inventory.soon();
  if (vm.ok() && vm->id.empty()) vm = fail(Errc::broken, "the provider named no id");
  if (vm.ok()) {
    core.apply(model::CreateAnswered{action.node, std::move(*vm), std::nullopt});
    return;
  }
  // That a call which we gave up failed after all is no news: a complete inventory shows the truth,
  // and another call may be under way by now.
  if (answer == CallOutcome::late) return;
  core.apply(model::CreateAnswered{action.node, std::nullopt, vm.error()});
  if (core.fleet().node(action.node) == nullptr)
    create_ended.erase(action.node);  // refused for good
}

void Calls::State::submit_destroy(const decide::Action& action, const VmId& vm, Account& account) {
  const std::weak_ptr<State> self = weak_from_this();
  account.executor.submit<Status>(
      Urgency::normal, still_at(action, vm),
      [self, action, vm](std::function<void(Status)> done) {
        if (const auto state = self.lock())
          state->accounts.at(action.provider)->provider.destroy(vm, std::move(done));
      },
      [self, action](CallOutcome answer, const Status& status) {
        if (const auto state = self.lock()) state->destroyed(action, answer, status);
      });
}

void Calls::State::destroyed(const decide::Action& action, CallOutcome answer,
                             const Status& status) {
  if (answer == CallOutcome::not_started) return not_asked(action, status.error());
  accounts.at(action.provider)->inventory.soon();
  if (answer == CallOutcome::late && !status.ok()) return;
  core.apply(model::DestroyAnswered{action.node,
                                    status.ok() ? std::nullopt : std::optional(status.error())});
}

void Calls::State::submit_reboot(const decide::Action& action, const VmId& vm, Account& account) {
  const std::weak_ptr<State> self = weak_from_this();
  account.executor.submit<Status>(
      Urgency::normal, still_at(action, vm),
      [self, action, vm](std::function<void(Status)> done) {
        if (const auto state = self.lock())
          state->accounts.at(action.provider)->provider.reboot(vm, std::move(done));
      },
      [self, action](CallOutcome answer, const Status& status) {
        const auto state = self.lock();
        if (!state) return;
        if (answer == CallOutcome::not_started) return state->not_asked(action, status.error());
        const bool late = answer == CallOutcome::late;
        if (late && !status.ok()) return;
        state->core.apply(model::RebootAnswered{
            action.node, status.ok() ? std::nullopt : std::optional(status.error()), late});
        state->core.intents().close(action.node, IntentKind::reboot,
                                    status.ok() ? "rebooted" : status.error().message,
                                    state->core.stored());
      });
}

Calls::Calls(Core& core, Accounts& accounts, const UserDataSource& user_data)
    : state_(std::make_shared<State>(core, accounts, user_data)) {}
Calls::~Calls() = default;

void Calls::create(const decide::Action& action) {
  state_->open_intent(action, IntentKind::launch);
  state_->core.apply(model::CallStarted{action.node, Call::create});
  state_->when_safe(launch_kept, action, [state = state_.get(), action](Account& account) {
    state->submit_create(action, account);
  });
}

void Calls::destroy(const decide::Action& action) {
  const model::Node* node = state_->core.fleet().node(action.node);
  if (node == nullptr) return;
  state_->open_intent(action, IntentKind::destroy);
  const VmId vm = node->vm;
  state_->core.apply(model::CallStarted{action.node, Call::destroy});
  state_->when_safe(destroy_kept, action, [state = state_.get(), action, vm](Account& account) {
    state->submit_destroy(action, vm, account);
  });
}

void Calls::reboot(const decide::Action& action) {
  const model::Node* node = state_->core.fleet().node(action.node);
  if (node == nullptr) return;
  state_->open_intent(action, IntentKind::reboot);
  const VmId vm = node->vm;
  state_->core.apply(model::CallStarted{action.node, Call::reboot});
  state_->when_safe(reboot_kept, action, [state = state_.get(), action, vm](Account& account) {
    state->submit_reboot(action, vm, account);
  });
}

std::optional<MonoTime> Calls::create_ended(const NodeId& node) const {
  const auto ended = state_->create_ended.find(node);
  return ended == state_->create_ended.end() ? std::nullopt : std::optional(ended->second);
}

void Calls::forget(const NodeId& node) {
  state_->create_ended.erase(node);
}

}  // namespace edgeherd::act
