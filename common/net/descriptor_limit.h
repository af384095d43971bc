// Connections are file descriptors, and libzmq does not survive running out of them.
#pragma once

#include <cstdint>

#include "common/core/result.h"

namespace edgeherd::net {

// Makes sure that this process may hold `connections` and 256 descriptors more (files, calls to
// others), raising the soft limit up to the hard one. `exhausted` says what the hard limit is and
// what to set.
Status ensure_descriptors(std::uint64_t connections);
// Whether that would succeed; changes nothing.
Status check_descriptors(std::uint64_t connections);

}  // namespace edgeherd::net
