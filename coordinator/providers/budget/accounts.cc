#include "coordinator/providers/budget/accounts.h"

namespace edgeherd::budget {

std::shared_ptr<AccountBudget> Accounts::of(const std::string& account, const Limits& limits) {
  std::weak_ptr<AccountBudget>& known = budgets_[account];
  if (auto budget = known.lock()) {
    budget->tighten(limits);
    return budget;
  }
  auto budget = std::make_shared<AccountBudget>(loop_, limits);
  known = budget;
  return budget;
}

}  // namespace edgeherd::budget
