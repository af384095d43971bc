// The table of what can be configured by a type's name: providers and DNS services. Adding one is
// one row.
//
// Thread: the loop's. What Tools refers to outlives everything that is made with it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/core/random.h"
#include "common/os/asio_loop.h"
#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/budget/accounts.h"
#include "coordinator/settings/settings.h"

namespace edgeherd::app {

struct Tools {
  os::AsioLoop& loop;
  Random& random;
  budget::Accounts& accounts;  // clouds' rate budgets, by account
  std::string fleet;           // its id: providers touch only what carries its tag
};

// What the settings check the types' own sections with.
[[nodiscard]] settings::Types known_types();

// The settings were loaded with known_types(): they are good, and the type is known.
[[nodiscard]] std::unique_ptr<act::Provider> make_provider(const settings::Provider& from,
                                                           Tools tools);
// Null for "none".
[[nodiscard]] std::unique_ptr<act::DnsProvider> make_dns(const settings::Dns& from, Tools tools);

// Whether the same service would be made of both. "routed" is no service's: a reload takes it over.
[[nodiscard]] bool same_service(const settings::Dns& a, const settings::Dns& b);

// Hands a reloaded section of the same type to a provider that is running; what a type cannot
// change while it runs takes effect at the next start.
void update_provider(act::Provider& provider, const settings::Provider& from);

// What that leaves to the next start: a warning, if there is anything.
[[nodiscard]] std::optional<std::string> provider_needs_restart(const settings::Provider& made_from,
                                                                const settings::Provider& loaded);

}  // namespace edgeherd::app
