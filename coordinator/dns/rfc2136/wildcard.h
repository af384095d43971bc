// Telling a name that is there from one that a wildcard answers for (RFC 4592).
//
// A question cannot tell: what is answered for a name that is not there is a copy of the wildcard's
// records. The prerequisite of an update can, as it looks at what stands in the zone. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/dns/rfc2136/message.h"

namespace edgeherd::dns {

// Those inside `zone` that may answer for `name`, which is inside it: "*.b.zone" and "*.zone" for
// "a.b.zone".
[[nodiscard]] std::vector<std::string> wildcards_above(std::string_view name,
                                                       std::string_view zone);

// An answer, and what was asked for.
struct Answered {
  const std::string& name;
  const DnsMessage& answer;
};
// Whether the name's answer may be a copy of the wildcard's.
[[nodiscard]] bool may_be_copy(const Answered& of_name, const Answered& of_wildcard);

// An update that changes nothing. Its answer says whether the name has such records as it was
// answered with (RFC 2136, 2.4.1).
[[nodiscard]] DnsMessage question_of_own(const std::string& zone, const Answered& of_name);
enum class Own { none, some };
// Errors as error_of().
[[nodiscard]] Result<Own> own_of(const DnsMessage& answer);

}  // namespace edgeherd::dns
