// The provider accounts, each with its executor and its inventory. Private to coordinator/act.
#pragma once

#include <map>
#include <memory>

#include "coordinator/act/calls/executor.h"
#include "coordinator/act/calls/inventory.h"
#include "coordinator/act/seams/provider.h"

namespace edgeherd::act {

struct Account {
  Account(Core& core, const ProviderId& id, Provider& p, const ExecutorLimits& limits, Known known)
      : provider(p),
        executor(core.loop(), core.random(), limits),
        inventory(core, id, p, executor, known) {}

  Provider& provider;
  Executor executor;
  Inventory inventory;
};

using Accounts = std::map<ProviderId, std::unique_ptr<Account>>;

}  // namespace edgeherd::act
