// errno as an Error: one mapping for every system call in the program.
#pragma once

#include <string>

#include "common/core/result.h"

namespace edgeherd::os {

// What a caller may do about this errno.
[[nodiscard]] Errc classify_errno(int error_number);

// "what: Permission denied", classified.
[[nodiscard]] Error system_error(int error_number, const std::string& what);

}  // namespace edgeherd::os
