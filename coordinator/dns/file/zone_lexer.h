// Splits a zone file (RFC 1035, 5.1) into its entries and tokens, each with its place, so that
// everything that is not ours can be copied byte for byte.
//
// Thread: value types and free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::dns {

struct Token {
  std::string text;       // quotes taken off, escapes as they are
  std::size_t begin = 0;  // byte offset in the file
  std::size_t end = 0;
  int line = 1;
};

// A directive or a record with the lines that it takes, comments and line breaks included. Blank
// and comment lines belong to no entry.
struct Entry {
  std::vector<Token> tokens;
  std::string comment;          // behind the last token, without ';' and outer blanks
  bool owner_left_out = false;  // begins with a blank: the owner is the one before
  std::size_t begin = 0;
  std::size_t end = 0;
  int line = 1;
};

// The error is "file:line: what".
[[nodiscard]] Result<std::vector<Entry>> split_zone(const std::string& file, std::string_view text);

}  // namespace edgeherd::dns
