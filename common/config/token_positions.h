// Where each key and value of a JSON text begins, in order. Inside common/config only.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "common/config/value.h"

namespace edgeherd::config {

// One position for each thing that a parser reports: a key, a text, a number, a literal, and the
// beginning of an object or array. Takes any text; what it says of one that is not JSON is of no
// use.
[[nodiscard]] std::vector<Position> token_positions(std::string_view text);

// The position of the byte at `offset`.
[[nodiscard]] Position position_of(std::string_view text, std::size_t offset);

}  // namespace edgeherd::config
