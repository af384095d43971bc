// Completion scripts, made of the table of commands. packaging/completion holds what comes out.
// Thread: any.
#pragma once

#include <string>

namespace edgeherd::cli {

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();

}  // namespace edgeherd::cli
