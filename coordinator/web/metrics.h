// The coordinator's /metrics in Prometheus' text format. Pure. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "coordinator/web/sight.h"

namespace edgeherd::web {

// `more` are the figures of the parts that the controller does not know, grouped by name here. What
// is not known has no sample: absent is never 0.
[[nodiscard]] std::string metrics(const Sight& sight, std::vector<Gauge> more);

}  // namespace edgeherd::web
