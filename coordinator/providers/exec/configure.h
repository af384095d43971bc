// The `options` of a provider file of type `exec`:
//   "options": {
//     "command": ["/usr/lib/edgeherd/my-cloud", "--account", "one"],  // required
//     "environment": ["TOKEN_FILE=/etc/edgeherd/my-cloud.token"],
//     "timeout": "1m", "concurrency": 4
//   }
#pragma once

#include "common/config/section.h"
#include "coordinator/providers/exec/exec_provider.h"

namespace edgeherd::exec {

// Reads and finishes the section; what is wrong goes to its problems, with line and column.
[[nodiscard]] Options read_options(config::Section& section, const ProviderId& account);

}  // namespace edgeherd::exec
