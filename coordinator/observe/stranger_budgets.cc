#include "coordinator/observe/stranger_budgets.h"

#include <utility>

namespace edgeherd::observe {

bool StrangerBudgets::take(std::string_view key, MonoTime now) {
  std::string name(key);
  if (keys_.size() >= most_keys && !keys_.contains(name)) make_room(now);
  return keys_.try_emplace(std::move(name), per_second_, burst_).first->second.take(now, 1);
}

// A budget that is whole again says no more than one that is not remembered.
void StrangerBudgets::make_room(MonoTime now) {
  std::erase_if(keys_, [&](const auto& entry) {
    TokenBucket budget = entry.second;
    return budget.available(now) >= burst_;
  });
  if (keys_.size() >= most_keys) keys_.clear();
}

}  // namespace edgeherd::observe
