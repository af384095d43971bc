// What a Controller is made of. Private to controller.cc, agents.cc, operations.cc, ownership.cc,
// terminations.cc and standing_orders.cc.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/act/calls/accounts.h"
#include "coordinator/act/carry_out.h"
#include "coordinator/act/controller.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/logs/uploads.h"
#include "coordinator/act/names/names.h"
#include "coordinator/act/order_book.h"
#include "coordinator/act/record.h"
#include "coordinator/act/story.h"

namespace edgeherd::act {

struct Controller::State : std::enable_shared_from_this<State> {
  State(Seams s, ControllerSettings c, model::Policy p);
  ~State();

  Seams seams;
  ControllerSettings settings;
  Core core;
  OrderBook orders;
  Accounts accounts;
  Uploads uploads;
  std::unique_ptr<Names> names;  // null without a DNS
  Stories stories;
  CarryOut carry_out;
  Recorder recorder;

  bool running = false;
  decide::Plan plan;
  struct Dark {
    MonoTime since;
    bool told = false;
  };
  std::map<ZoneId, Dark> dark_zones;  // most of their edges do not answer
  std::set<NodeId> fit;               // in verification, and known to be fit when last probed
  std::optional<MonoTime> ticked_at;
  Duration last_plan{};
  std::uint64_t ticks = 0;
  MonoTime next_regular{};  // of the constant cadence
  MonoTime next_at{};       // of the timer: the regular one, or one that was brought forward
  TimerId timer = TimerId::none;
  std::function<void()> listener;
  std::function<void()> pause_listener;

  void tick();
  void stood_still(Duration span);
  void arm(MonoTime when);
  void drop_spent_confirmations();
  void open_changed_placements();
  void watch_edges(MonoTime now);
  void hurry();
  // Tells its agent the epoch, its zone, and how often to sample; a lost one: the agent greets
  // again.
  void greet(const model::Node& node);
  void greet_all();
  void saw(const model::Event& event);
  [[nodiscard]] bool makes_fit(const model::Event& event);
  [[nodiscard]] Status check_policy(const model::Policy& policy,
                                    const std::set<ProviderId>& to_come) const;

  // operations.cc
  void reply_when_durable(const Protection& place, Reply<void> reply);
  [[nodiscard]] Status may_enroll(const NodeId& id, const AgentKey& key, const VmId& vm) const;
  void look_for_address(const NodeId& id);
  void raise(std::string code, std::string text, const NodeId& node);
  void tell_left_behind(const std::vector<NameKey>& left);
  // terminations.cc
  [[nodiscard]] Result<TerminationPreview> preview(const TerminateRequest& request) const;
  void foretell(TerminateMode mode, TerminationPreview& preview) const;
  [[nodiscard]] Result<std::vector<const model::Node*>> chosen(
      const TerminateRequest& request) const;
  // standing_orders.cc
  [[nodiscard]] Journal::Then reply_about_pause(Reply<void> reply);
};

// What operations share.
[[nodiscard]] Error no_node(const NodeId& id);
template <class T>
void post_reply(EventLoop& loop, std::function<void(Result<T>)> reply, Error error) {
  loop.post([reply = std::move(reply), error = std::move(error)] { reply(error); });
}

}  // namespace edgeherd::act
