// The `dns` section of the main file, of type `route53`:
//   "dns": {
//     "type": "route53",
//     "zone": "edge.example.org",        // required
//     "hosted_zone": "Z0123456789ABC",   // required: its id
//     "credentials": "instance_role",    // required, with its other keys: common/aws/configure.h
//     "endpoint": "https://route53.amazonaws.com", "timeout": "20s", "ca_file": ""
//   }
#pragma once

#include "common/config/section.h"
#include "coordinator/dns/route53/route53_dns.h"

namespace edgeherd::dns {

// Reads and finishes the section, but for "type"; what is wrong goes to its problems, with line and
// column.
[[nodiscard]] Route53Options read_route53_options(config::Section& section);

}  // namespace edgeherd::dns
