// The `digitalocean` provider: droplets. README.md beside this file has the cloud's quirks.
//
// Destruction and reboot go by id alone, and only to droplets that carry the tag of the fleet.
// Everything within one rate budget of the account. The errors are the seam's.
#pragma once

#include <memory>

#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/budget/accounts.h"
#include "coordinator/providers/digitalocean/api.h"
#include "coordinator/providers/digitalocean/options.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::digitalocean {

// `loop` outlives the provider; no `done` is called after its destruction. `accounts` is asked for
// the account's budget at once. The second form is for those who carry requests out themselves:
// tests, and the simulator.
[[nodiscard]] std::unique_ptr<act::Provider> make_digitalocean_provider(Options options,
                                                                        os::AsioLoop& loop,
                                                                        budget::Accounts& accounts);
[[nodiscard]] std::unique_ptr<act::Provider> make_digitalocean_provider(
    Options options, EventLoop& loop, std::shared_ptr<budget::AccountBudget> budget,
    TokenSource token, Transport transport);

}  // namespace edgeherd::digitalocean
