// DNS `rfc2136`: names in a zone of any name server that takes signed dynamic updates (BIND, Knot,
// PowerDNS and others).
//
// Everything is asked of the primary over TCP, signed, and answers are verified. A write changes
// all its names in one transaction (or several, if they do not fit into a message), under the
// condition that each still is as it was read last: what somebody else changed meanwhile is never
// overwritten, the write fails with `conflict` and the names are read again. Only A records of the
// names are touched. Calls are done one after the other. The key file is read anew for each, so
// that a key can be changed while this runs.
#pragma once

#include <memory>
#include <string>

#include "common/core/random.h"
#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/dns/rfc2136/conversation.h"

namespace edgeherd::dns {

struct Rfc2136Options {
  std::string zone;      // "edge.example.org"
  NameServer server;     // the zone's primary
  std::string key_file;  // in the form of tsig.h
  Duration timeout = 10s;
};

// `loop` and `random` outlive the provider; no `done` is called after its destruction.
[[nodiscard]] std::unique_ptr<act::DnsProvider> make_rfc2136_dns(Rfc2136Options options,
                                                                 os::AsioLoop& loop,
                                                                 Random& random);

}  // namespace edgeherd::dns
