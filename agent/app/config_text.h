// What happens to a configuration's texts before they are understood.
//
// Thread: free functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/problems.h"
#include "common/config/value.h"

namespace edgeherd::agent {

using Variables = std::map<std::string, std::string, std::less<>>;

// Replaces "${name}" in every text (not in keys) by the variable's value; "$${" stands for "${".
// An unknown name and a missing brace are problems at the text's place.
void substitute(config::Value& value, const Variables& variables, config::Problems& problems);

// Canonical JSON: no blanks, keys sorted by their bytes, without the top-level keys in `without`.
[[nodiscard]] std::string canonical(const config::Value& value,
                                    const std::vector<std::string_view>& without);

}  // namespace edgeherd::agent
