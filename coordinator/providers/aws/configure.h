// Reads the `options` of a provider file of type `aws`.
#pragma once

#include <optional>

#include "common/config/section.h"
#include "coordinator/model/placement.h"
#include "coordinator/providers/aws/options.h"
#include "coordinator/providers/images/asked.h"

namespace edgeherd::aws {

// Reads and finishes the section; what is wrong goes to its problems, with line and column.
[[nodiscard]] Options read_options(config::Section& section, const ProviderId& account);

// What would be refused at the first launch there, as far as the configuration tells.
[[nodiscard]] std::optional<images::PlacementError> check_placement(
    const Options& options, const model::PlacementPolicy& placement);

}  // namespace edgeherd::aws
