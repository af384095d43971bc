// Life: one node at one moment, and what may be done with it now. The inside of lifecycle.h: what
// is coming (coming.cc), what leaves (leaving.cc), and what to tell people (waiting.cc). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "coordinator/decide/plan.h"

namespace edgeherd::decide {

class Life {
 public:
  // All but the numbers outlive it.
  Life(const model::Node& node, const model::Fleet& fleet, const model::Policy& policy,
       int held_in_zone, MonoTime now)
      : node_(node),
        fleet_(fleet),
        policy_(policy),
        t_(policy.timings),
        held_in_zone_(held_in_zone),
        now_(now) {}

  // As next_step, waits_for and rests_on_names.
  [[nodiscard]] std::optional<Action> step() const;
  [[nodiscard]] std::optional<std::string> waiting() const;
  [[nodiscard]] bool rests_on_names() const;

  // A complete inventory that lacks a silent node twice in a row is believed; once, after its
  // destruction.
  static constexpr int missing_to_be_lost = 2;

 private:
  // life.cc
  [[nodiscard]] Action act(ActionKind kind, model::Cause cause, std::string text,
                           std::optional<Duration> age = std::nullopt) const;
  [[nodiscard]] std::optional<Action> command(std::string verb, std::string text) const;
  [[nodiscard]] bool may_call() const;
  [[nodiscard]] bool past(Duration limit) const;
  [[nodiscard]] bool reachable() const;
  [[nodiscard]] bool gone_silent() const;
  [[nodiscard]] bool shows_life() const;
  [[nodiscard]] std::optional<Action> vanished(model::Cause cause) const;

  // coming.cc
  [[nodiscard]] std::optional<Action> requested() const;
  [[nodiscard]] std::optional<Action> booting() const;
  [[nodiscard]] Action give_up(model::Cause cause, const std::string& why) const;
  [[nodiscard]] std::optional<Action> asked_away() const;
  [[nodiscard]] std::optional<Action> verifying() const;
  [[nodiscard]] std::optional<std::string> wrong_build() const;
  [[nodiscard]] std::optional<Action> in_service() const;
  [[nodiscard]] std::optional<Action> undrain(const std::string& what) const;

  // leaving.cc
  [[nodiscard]] std::optional<Action> draining() const;
  [[nodiscard]] bool closing_patiently() const;
  [[nodiscard]] std::optional<MonoTime> asked_since(std::string_view verb) const;
  [[nodiscard]] std::string why_flush() const;
  [[nodiscard]] bool name_settled() const;
  [[nodiscard]] bool connections_settled() const;
  [[nodiscard]] std::optional<Action> flushing() const;
  [[nodiscard]] bool may_reboot() const;
  [[nodiscard]] bool settling() const;
  [[nodiscard]] MonoTime flush_watched_since() const;
  [[nodiscard]] bool archive_is_away() const;
  [[nodiscard]] std::optional<Action> overdue() const;
  [[nodiscard]] std::optional<Action> flushed() const;
  [[nodiscard]] std::optional<Action> terminating() const;
  [[nodiscard]] bool restarted_since() const;

  // waiting.cc
  [[nodiscard]] std::string waiting_with(const Action& next) const;
  [[nodiscard]] std::string waiting_for_agent(const std::string& verb) const;
  [[nodiscard]] std::string waiting_in_drain() const;
  [[nodiscard]] std::string waiting_in_flush() const;
  [[nodiscard]] std::string waiting_for_silent() const;
  [[nodiscard]] std::string waiting_for_call() const;

  const model::Node& node_;
  const model::Fleet& fleet_;
  const model::Policy& policy_;
  const model::Timings& t_;
  int held_in_zone_;
  MonoTime now_;
};

}  // namespace edgeherd::decide
