// Where the token of the API comes from: a file, or a variable of the environment.
//
// Thread: the loop's. The token stands in no error.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"
#include "coordinator/providers/digitalocean/api.h"

namespace edgeherd::digitalocean {

// Reads the file if one is named, else the variable, anew at each call. `refused` when there is no
// token in it, naming the file or the variable.
[[nodiscard]] TokenSource token_source(std::string file, std::string variable);

// Without the white space around it. Nothing but visible ASCII may stand in a token.
[[nodiscard]] Result<std::string> token_in(std::string_view text, const std::string& where);

}  // namespace edgeherd::digitalocean
