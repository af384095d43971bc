// How the API is reached, and by whom: the keys that all users of an account have in common.
//
// Thread: the loop's.
#pragma once

#include <string>

#include "common/config/section.h"
#include "coordinator/providers/budget/account_budget.h"
#include "coordinator/providers/digitalocean/api.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::digitalocean {

struct Access {
  std::string token_file;         // one of these two
  std::string token_environment;  // the name of a variable
  std::string api_url = "https://api.digitalocean.com";
  std::string ca_file;     // empty: the system's trust store
  Duration timeout = 20s;  // of one request
  budget::Limits limits;
};

// Reads its keys and leaves the others, and the section's end, to the caller.
[[nodiscard]] Access read_access(config::Section& section);

[[nodiscard]] Endpoint endpoint_of(const Access& access);
// Equal for those who share an account's limits, as far as can be told: one API, one token's place.
[[nodiscard]] std::string account_of(const Access& access);
// Requests by way of a client of its own; `loop` outlives it.
[[nodiscard]] Transport transport_of(const Access& access, os::AsioLoop& loop);

}  // namespace edgeherd::digitalocean
