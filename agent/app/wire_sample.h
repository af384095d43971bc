// A view as the SAMPLE that travels (common/wire/messages.h).
#pragma once

#include "agent/web/node_view.h"
#include "common/wire/messages.h"

namespace edgeherd::agent {

// Fills all but boot_id, seq, latency, log_lines_lost and spool_*, which are the session's.
void fill_sample(const NodeView& view, wire::Sample& sample);

}  // namespace edgeherd::agent
