// The `dns` section of the main file, of type `digitalocean`:
//   "dns": {
//     "type": "digitalocean",
//     "zone": "edge.example.org",                          // required
//     "domain": "example.org",                             // the domain there; default: the zone
//     "token_file": "/etc/edgeherd/digitalocean.token"     // and the other keys of an account
//   }
#pragma once

#include "common/config/section.h"
#include "coordinator/dns/digitalocean/digitalocean_dns.h"

namespace edgeherd::dns {

inline constexpr Duration digitalocean_least_ttl = 30s;

// Reads and finishes the section, but for "type"; what is wrong goes to its problems, with line and
// column.
[[nodiscard]] DigitalOceanDnsOptions read_digitalocean_dns_options(config::Section& section);

}  // namespace edgeherd::dns
