// Asks the processor to fetch memory that is needed soon: a hint without any effect on results.
//
// One miss costs as long as decoding a message. Those of many messages cost as long as one when all
// are asked for before the first is needed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace edgeherd {

inline constexpr std::size_t cache_line_bytes = 64;

inline void prefetch(const void* from, std::size_t bytes) {
  const auto* line = static_cast<const char*>(from);
  for (std::size_t at = 0; at < bytes; at += cache_line_bytes) __builtin_prefetch(line + at);
}

// How near the need of an object is. soon: the object itself is fetched; next: it has arrived, and
// what it points to is fetched.
enum class Nearness { soon, next };

template <class T>
void prefetch(const T& object) {
  prefetch(&object, sizeof object);
}

}  // namespace edgeherd
