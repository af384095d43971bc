// The `dns` section of the main file, of type `file`:
//   "dns": {
//     "type": "file",
//     "zone": "edge.example.org",             // required
//     "file": "/var/lib/edgeherd/edge.zone",  // required
//     "if_missing": "create",                 // or "fail"
//     "name_server": "ns1.example.org", "hostmaster": "hostmaster@example.org",  // of a new file
//     "reload": ["rndc", "reload", "edge.example.org"]
//   }
#pragma once

#include "common/config/section.h"
#include "coordinator/dns/file/file_dns.h"

namespace edgeherd::dns {

// Reads and finishes the section, but for "type"; what is wrong goes to its problems, with line and
// column.
[[nodiscard]] FileDnsOptions read_options(config::Section& section);

}  // namespace edgeherd::dns
