// Which network interfaces and block devices are the machine's own.
//
// Thread: free functions that read folders under /sys; a few dozen system calls each.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace edgeherd::agent {

// Absent when the folder cannot be read: then nothing is known, which is not "no devices".
// See collectors.h for which ones count.
[[nodiscard]] std::optional<std::vector<std::string>> real_interfaces(const std::string& root);
[[nodiscard]] std::optional<std::vector<std::string>> real_disks(const std::string& root);

}  // namespace edgeherd::agent
