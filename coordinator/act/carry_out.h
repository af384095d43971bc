// CarryOut: the plan's actions, each in its order: precondition, fold, journal, outside.
//
// A change of state is durable before anything outside follows from it; a provider is asked only
// once its intent is durable, and after its precondition held again. What cannot be done is left:
// the next plan asks for it again. Private to coordinator/act. Thread: the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/core/lifetime.h"
#include "coordinator/act/calls/accounts.h"
#include "coordinator/act/calls/calls.h"
#include "coordinator/act/calls/user_data.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/logs/uploads.h"
#include "coordinator/act/story.h"
#include "coordinator/decide/plan.h"

namespace edgeherd::act {

// "<zone's last part>-<10 characters>": lower case, a valid host name, never used before.
[[nodiscard]] NodeId make_node_id(const ZoneId& zone, Random& random);

class CarryOut {
 public:
  // All outlive it. `names_changed` is called when what the names should answer has changed.
  CarryOut(Core& core, Accounts& accounts, Uploads& uploads, Stories& stories,
           const UserDataSource& user_data, std::function<void()> names_changed);

  void run(const decide::Plan& plan);

  [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  // False when the action was not begun: gone stale, or without an account.
  bool begin(const decide::Action& action);
  bool launch(const decide::Action& action);
  bool create_again(const decide::Action& action, const model::Node& node);
  bool enter(const decide::Action& action, model::NodeState state);
  bool destroy(const decide::Action& action, const model::Node& node);
  bool command(const decide::Action& action, const model::Node& node);
  bool check_archive(const decide::Action& action);

  Core& core_;
  Accounts& accounts_;
  Uploads& uploads_;
  Stories& stories_;
  Calls calls_;
  std::function<void()> names_changed_;
  std::map<std::string, std::uint64_t> counts_;
  Lifetime lifetime_;
};

}  // namespace edgeherd::act
