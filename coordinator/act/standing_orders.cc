// The orders of the operator that stand: pause, read-only mode, takeover, confirmed removals, and
// placements that are tried again.
#include <algorithm>
#include <utility>

#include "coordinator/act/controller_state.h"
#include "coordinator/decide/placing.h"
#include "coordinator/model/epoch.h"

namespace edgeherd::act {

namespace {

// As of operations.cc: who was told that it is done may rely on it.
const Protection pause_kept("journal", "pause");
const Protection resume_kept("journal", "resume");
const Protection writes_kept("journal", "allow_writes");
const Protection confirmation_kept("journal", "confirmation");
const Protection retry_kept("journal", "retry");

const Protection count_confirmed("check", "confirmation_count");
const Protection takeover_told("check", "takeover_told");

}  // namespace

Journal::Then Controller::State::reply_about_pause(Reply<void> reply) {
  return [self = weak_from_this(), reply = std::move(reply)](const Status& status) {
    const auto then = self.lock();
    if (then && then->pause_listener) then->pause_listener();
    reply(status);
  };
}

void Controller::pause(const std::string& reason, Reply<void> reply) {
  const model::Fleet& fleet = state_->core.fleet();
  const model::Event before = fleet.paused() ? model::Event(model::Paused{fleet.pause_reason()})
                                             : model::Event(model::Resumed{});
  state_->orders.give_at_once(pause_kept, "the pause",
                              {OrderBook::pause, model::Paused{reason}, before},
                              state_->reply_about_pause(std::move(reply)));
}

void Controller::resume(Reply<void> reply) {
  state_->orders.give_once_stored(resume_kept, "the end of the pause", {model::Resumed{}},
                                  state_->reply_about_pause(std::move(reply)));
}

void Controller::allow_writes(int strangers_left, Reply<void> reply) {
  State& state = *state_;
  int strangers = 0;
  for (const auto& [id, account] : state.core.fleet().accounts()) {
    strangers += static_cast<int>(account.strangers.size());
  }
  if (strangers != strangers_left && state.core.fleet().read_only()) {
    const std::string count = std::to_string(strangers);
    return post_reply<void>(
        state.core.loop(), std::move(reply),
        fail(Errc::refused, count +
                                " servers of this fleet are not adopted, and all that the zones "
                                "lack would be launched beside them: `edgeherd adopt` them, or "
                                "say --expect-count " +
                                count));
  }
  if (!state.core.fleet().read_only()) {
    return state.reply_when_durable(writes_kept, std::move(reply));
  }
  state.core.accept_strangers(true);
  state.orders.give_once_stored(
      writes_kept, "the end of read-only mode", {model::ReadOnlySet{false, ""}},
      [self = state.weak_from_this(), reply = std::move(reply)](const Status& status) {
        const auto then = self.lock();
        if (then && then->core.fleet().read_only()) then->core.accept_strangers(false);
        reply(status);
      });
}

void Controller::takeover(Reply<void> reply) {
  Core& core = state_->core;
  if (!core.fleet().superseded()) {
    return post_reply<void>(core.loop(), std::move(reply),
                            fail(Errc::refused,
                                 "no other coordinator is known to act: there is "
                                 "nothing to take over"));
  }
  // Also above one that an earlier takeover is about to begin.
  const std::uint64_t highest = std::max(core.newest_epoch(), core.fleet().highest_epoch_met());
  core.begin_epoch(
      model::epoch_after(highest, core.loop().clock().wall()),
      [self = state_->weak_from_this(), reply = std::move(reply)](const Status& status) {
        const auto then = self.lock();
        // By its commands alone the other would go on until one is due.
        if (then && status.ok() && takeover_told.on()) then->greet_all();
        reply(status);
      });
}

void Controller::confirm(const ConfirmRequest& request, Reply<void> reply) {
  State& state = *state_;
  const decide::Plan plan = plan_now();
  const auto pending =
      std::count_if(plan.withheld.begin(), plan.withheld.end(), [&](const decide::Withheld& held) {
        return held.brake == decide::Brake::unconfirmed && held.action.zone == request.zone;
      });
  if ((pending == 0 || pending != request.expect_count) && count_confirmed.on()) {
    const std::string why =
        pending == 0 ? "no removals wait for a confirmation"
                     : std::to_string(pending) + " removals wait for a confirmation, not " +
                           std::to_string(request.expect_count) + "; see `edgeherd plan`";
    return post_reply<void>(state.core.loop(), std::move(reply),
                            fail(Errc::refused, "zone " + request.zone.str() + ": " + why));
  }
  state.orders.give_once_stored(
      confirmation_kept, "the confirmed removals of zone " + request.zone.str(),
      {model::RemovalsConfirmed{request.zone, request.expect_count,
                                model::asked_maximum(state.core.policy().zone(request.zone))}},
      [reply = std::move(reply)](const Status& status) { reply(status); });
}

void Controller::retry(const ZoneId& zone, Reply<std::vector<model::PlacementId>> reply) {
  State& state = *state_;
  const auto refuse = [&](Error error) {
    post_reply(state.core.loop(), std::move(reply), std::move(error));
  };
  const model::ZonePolicy* policy = state.core.policy().zone(zone);
  if (policy == nullptr) return refuse(fail(Errc::not_found, "no zone '" + zone.str() + "'"));
  std::vector<model::PlacementId> closed =
      decide::closed_placements(*policy, state.core.fleet(), state.core.now());
  if (closed.empty()) {
    return refuse(fail(Errc::conflict, "no placement of zone " + zone.str() +
                                           " is closed; `edgeherd plan` shows what else holds "
                                           "launches back"));
  }
  std::vector<model::Event> orders;
  for (const model::PlacementId& id : closed) {
    orders.emplace_back(model::PlacementOpened{zone, id, "the operator's order"});
  }
  state.orders.give_once_stored(retry_kept, "another try of zone " + zone.str(), std::move(orders),
                                [self = state.weak_from_this(), closed = std::move(closed),
                                 reply = std::move(reply)](const Status& status) {
                                  if (!status.ok()) return reply(status.error());
                                  if (const auto then = self.lock()) then->hurry();
                                  reply(closed);
                                });
}

}  // namespace edgeherd::act
