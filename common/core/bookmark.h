// Bookmark: where something was found in a table, kept by who will ask for it again.
//
// It spares the search for as long as the table has not changed in what it has: `edition` is the
// table's when it was found, and no two tables ever have the same one. Plain values; the owner of a
// bookmark need not know what it leads to.
#pragma once

#include <atomic>
#include <cstdint>

namespace edgeherd {

struct Bookmark {
  void* at = nullptr;
  std::uint64_t edition = 0;  // 0: of no table
};

// Of a table that is new, or has changed. Any thread.
inline std::uint64_t new_edition() {
  static std::atomic<std::uint64_t> newest = 0;
  return ++newest;
}

}  // namespace edgeherd
