// Calls: create, destroy and reboot at a provider, from the journalled intent to the folded answer.
//
// The caller has folded the change that makes the call right; a call then waits until all of it is
// durable, checks its precondition again, goes through the account's executor, and folds whatever
// comes back. A commit that fails ends it: nothing was asked. Private to coordinator/act.
// Thread: the loop's.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "coordinator/act/calls/accounts.h"
#include "coordinator/act/calls/user_data.h"
#include "coordinator/act/core/core.h"
#include "coordinator/decide/plan.h"

namespace edgeherd::act {

class Calls {
 public:
  Calls(Core& core, Accounts& accounts, const UserDataSource& user_data);
  ~Calls();

  // `action`'s preconditions are those to be checked before the call. The account exists.
  void create(const decide::Action& action);
  void destroy(const decide::Action& action);
  void reboot(const decide::Action& action);

  // When the newest creation call for a node ended, answered or not; what a listing that was asked
  // for earlier says about it means nothing.
  [[nodiscard]] std::optional<MonoTime> create_ended(const NodeId& node) const;
  void forget(const NodeId& node);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::act
