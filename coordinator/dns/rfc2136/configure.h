// The `dns` section of the main file, of type `rfc2136`:
//   "dns": {
//     "type": "rfc2136",
//     "zone": "edge.example.org",                // required
//     "server": "192.0.2.53",                    // required: the zone's primary, address or name
//     "port": 53,
//     "key_file": "/etc/edgeherd/dns.key",       // required: what tsig-keygen writes
//     "timeout": "10s"
//   }
#pragma once

#include "common/config/section.h"
#include "coordinator/dns/rfc2136/rfc2136_dns.h"

namespace edgeherd::dns {

// Reads and finishes the section, but for "type"; what is wrong goes to its problems, with line and
// column. The key file is not looked at.
[[nodiscard]] Rfc2136Options read_rfc2136_options(config::Section& section);

}  // namespace edgeherd::dns
