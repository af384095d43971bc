// The section "checks" of the configuration. Inside agent/app only.
#pragma once

#include <vector>

#include "agent/health/check.h"
#include "common/config/section.h"

namespace edgeherd::agent {

// { "edge": { "kind": "http", "url": "...", ... }, ... }; problems go to the root's list.
[[nodiscard]] std::vector<CheckSpec> read_checks(config::Section& root);

}  // namespace edgeherd::agent
