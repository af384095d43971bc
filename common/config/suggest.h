// "did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace edgeherd::config {

// The word that is nearest to `wrong`, at most two edits (of one letter: insert, remove, change)
// and less than half of its length away; empty when there is none. Also for the command line.
[[nodiscard]] std::string nearest(std::string_view wrong, const std::vector<std::string>& words);

}  // namespace edgeherd::config
