// Snapshots on disk: zlib streams whose length is noted beside them. Private to this room.
// Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::store {

[[nodiscard]] std::string compressed(std::string_view bytes);
// `length`: what must come out of it, no byte more or less; `broken` otherwise.
[[nodiscard]] Result<std::string> expanded(std::string_view stream, std::size_t length);

}  // namespace edgeherd::store
