// Accounts: which users of a cloud share a budget: all that name the same account.
//
// Thread: the loop's, which outlives it. A budget lives as long as one of its users holds it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "coordinator/providers/budget/account_budget.h"

namespace edgeherd::budget {

class Accounts {
 public:
  explicit Accounts(EventLoop& loop) : loop_(loop) {}

  // `account` says whose limits they are: the API's address, and where its token is, say.
  [[nodiscard]] std::shared_ptr<AccountBudget> of(const std::string& account, const Limits& limits);

 private:
  EventLoop& loop_;
  std::map<std::string, std::weak_ptr<AccountBudget>> budgets_;
};

}  // namespace edgeherd::budget
