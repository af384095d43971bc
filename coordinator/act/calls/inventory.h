// Inventory: the regular listing of one account, and one soon after anything was made or destroyed.
//
// Never two at a time. A complete answer becomes InventoryListed, everything else InventoryFailed;
// an answer that contradicts itself, or comes after its deadline, is no inventory. Private to
// coordinator/act. Thread: the loop's.
#pragma once

#include <memory>
#include <optional>

#include "coordinator/act/calls/executor.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/seams/provider.h"

namespace edgeherd::act {

// Complete and free of contradiction: every server has an id, and none appears twice.
[[nodiscard]] Status check_inventory(const std::vector<model::Vm>& vms);

// Since when this process has had an account. What an empty database says of strangers there, it
// says of the start alone.
enum class Known { from_the_start, since_a_reload };

class Inventory {
 public:
  // All outlive it.
  Inventory(Core& core, ProviderId id, Provider& provider, Executor& executor, Known known);
  ~Inventory();
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  void tick();
  // Something changed: list within `soon_delay`, whatever the period says; an account of many
  // servers somewhat later, so that steady changes do not make a list follow on the other.
  void soon();
  // When the newest complete listing was asked for: what happened later is not in it.
  [[nodiscard]] std::optional<MonoTime> asked_at() const;

  static constexpr Duration soon_delay = 1s;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::act
