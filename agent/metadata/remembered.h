// What the metadata service said the last time, kept in the state directory: for an agent that is
// started again while the service does not answer.
//
// It holds secrets (mode 0600), and is of use on the machine alone that it was made on: disks are
// cloned. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/metadata/facts.h"
#include "common/core/file_system.h"

namespace edgeherd::agent::metadata {

struct Remembered {
  std::string machine;  // the firmware's id of the machine
  Found found;
};

// The file's text. `broken` names the field, never its value.
[[nodiscard]] Result<Remembered> parse_remembered(std::string_view text);

// Without a machine's id nothing is kept, for it could not be told from a clone's.
Status remember(FileSystem& files, const std::string& path, const Remembered& what);

// Absent when there is none, or it is another machine's. The error names the file.
[[nodiscard]] Result<std::optional<Found>> recall(FileSystem& files, const std::string& path,
                                                  const std::string& machine);

}  // namespace edgeherd::agent::metadata
