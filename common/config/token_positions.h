// Where each key and value of a JSON text begins, and the text without its comments. Inside
// common/config only.
//
// Comments are taken out here and not by Boost.JSON, whose reader (1.81) misses the end of "**/".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/value.h"

namespace edgeherd::config {

struct Scan {
  // One position for each thing that a parser reports, in order: a key, a text, a number, a
  // literal, and the beginning of an object or array. Of no use when the text is not JSON.
  std::vector<Position> tokens;
  // The same text, every byte at its place, with blanks where comments stood. A comment that is
  // not closed stays, for the parser to refuse.
  std::string plain;
};
[[nodiscard]] Scan scan_json(std::string_view text);

// The position of the byte at `offset`.
[[nodiscard]] Position position_of(std::string_view text, std::size_t offset);

}  // namespace edgeherd::config
