// The coordinator's own secrets: made at the first start, kept in files of mode 0600.
#pragma once

#include <string>

#include "common/core/file_system.h"
#include "common/core/random.h"
#include "common/core/result.h"

namespace edgeherd::app {

// The key that enrolment and probe tokens are made with: 64 hex digits in a file of their own.
// Losing it makes the tokens of servers that have not enrolled yet worthless, and no others.
// A file that is not one is an error, never overwritten.
[[nodiscard]] Result<std::string> load_or_make_secret(FileSystem& files, Random& random,
                                                      const std::string& path);

}  // namespace edgeherd::app
