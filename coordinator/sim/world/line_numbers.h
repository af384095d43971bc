// The numbers of simulated access-log lines in a file or an object, plain or gzip. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>

namespace edgeherd::sim {

// Adds them to `into`; what is no such line is passed over. Returns how many were there already.
std::uint64_t collect_line_numbers(std::string_view bytes, std::set<std::uint64_t>& into);

}  // namespace edgeherd::sim
