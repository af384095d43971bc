// The `options` of a provider file of type `digitalocean`:
//   "options": { "token_file": "/etc/edgeherd/digitalocean.token", "size": "s-2vcpu-4gb",
//                "ssh_keys": ["3b:16:bf:..."], "vpcs": { "lon1": "<uuid>" } }
// docs/providers/digitalocean.md has them all.
#pragma once

#include <optional>

#include "common/config/section.h"
#include "coordinator/model/placement.h"
#include "coordinator/providers/digitalocean/options.h"
#include "coordinator/providers/images/asked.h"

namespace edgeherd::digitalocean {

// Reads and finishes the section; what is wrong goes to its problems, with line and column.
[[nodiscard]] Options read_options(config::Section& section, const ProviderId& account);

// What would be refused at the first launch there, as far as the configuration tells.
[[nodiscard]] std::optional<images::PlacementError> check_placement(
    const Options& options, const model::PlacementPolicy& placement);

}  // namespace edgeherd::digitalocean
