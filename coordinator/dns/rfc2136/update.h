// What is asked of a name server, and what its answers mean. Bytes and sockets are elsewhere.
//
// Thread: any.
#pragma once

#include <string>
#include <vector>

#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/dns/rfc2136/message.h"

namespace edgeherd::dns {

// Asks for the A records of a name.
[[nodiscard]] DnsMessage query_of(const std::string& name);
// What the answer says of it. `refused` when the server is not the zone's own; `conflict` when the
// name is an alias, which addresses cannot stand beside; else as error_of().
[[nodiscard]] Result<act::NameSet> names_of(const DnsMessage& answer, const std::string& name);

// Whether the server has the zone itself: its names alone may be answered by a zone above it, which
// takes no update meant for this one. `refused` when it has not, with the zone that answers.
[[nodiscard]] DnsMessage question_of_zone(const std::string& zone);
[[nodiscard]] Status has_zone(const DnsMessage& answer, const std::string& zone);

struct NameChange {
  act::NameSet before;  // as read
  act::NameSet wanted;
};
// One transaction: every name has the addresses of `before`, else nothing happens; then it has
// those of `wanted`. Records of other types stay. `invalid` for a name or an address that is none.
[[nodiscard]] Result<DnsMessage> update_of(const std::string& zone,
                                           const std::vector<NameChange>& changes);

// What an answer's code means: `conflict` when a prerequisite was not met, `refused` when the
// server will not, `unavailable` when it cannot now.
[[nodiscard]] Status error_of(const DnsMessage& answer);

}  // namespace edgeherd::dns
