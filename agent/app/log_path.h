// Where the access log really lies. Rotating renames it: a link in its place would be moved instead
// of the log, whose file would then stay where it is for ever. nginx goes on using the link.
#pragma once

#include <string>

namespace edgeherd::agent {

// The file behind the symbolic links at `path`, whether it is there yet or not; `path` itself where
// there is no link, or the links lead round or to something that is no file, such as /dev/stdout.
[[nodiscard]] std::string behind_links(const std::string& path);

}  // namespace edgeherd::agent
