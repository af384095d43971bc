// Replaces a file's content atomically and durably; mode and owner stay as they were.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::dns {

// A new file gets mode 0644: a name server of another user has to read it.
Status replace_file(const std::string& path, std::string_view text);

}  // namespace edgeherd::dns
