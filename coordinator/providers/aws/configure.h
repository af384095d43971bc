// Reads the `options` of a provider file of type `aws`.
#pragma once

#include "common/config/section.h"
#include "coordinator/providers/aws/options.h"

namespace edgeherd::aws {

// Reads and finishes the section; what is wrong goes to its problems, with line and column.
[[nodiscard]] Options read_options(config::Section& section, const ProviderId& account);

}  // namespace edgeherd::aws
