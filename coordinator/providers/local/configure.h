// The `options` of a provider file of type `local`:
//   "options": {
//     "root": "/var/lib/edgeherd/local",       // required
//     "images": "/usr/share/edgeherd/images/local",  // required
//     "agent": "/usr/bin/edgeherd-agent",      // empty: the nodes run no agent
//     "addresses": "127.64.0.0/10", "max_vms": 100, "stop_patience": "5s",
//     "faults": { "boot_delay": "2s", "boot_jitter": "1s", "list_delay": "0s",
//                 "create_fail_rate": 0, "create_fail_next": 0, "create_lose_answer_next": 0,
//                 "stuck_boot_rate": 0, "stuck_boot_next": 0, "list_fail_next": 0,
//                 "out_of_stock": [] }
//   }
#pragma once

#include "common/config/section.h"
#include "coordinator/providers/local/options.h"

namespace edgeherd::local {

// Reads and finishes the section; what is wrong goes to its problems, with line and column.
[[nodiscard]] Options read_options(config::Section& section, const ProviderId& account);

}  // namespace edgeherd::local
