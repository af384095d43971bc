// Views to bodies. Each appends to `out`, which a caller reuses. `now` is the time of rendering,
// for ages. Thread: free functions, no state.
#pragma once

#include <string>

#include "agent/web/node_view.h"

namespace edgeherd::agent {

// The schema number of /status.json: raised when a member changes its meaning or goes away.
inline constexpr int status_schema = 1;

void render_status_json(const NodeView& view, MonoTime now, std::string& out);
void render_prometheus(const NodeView& view, std::string& out);
void render_page(const NodeView& view, MonoTime now, std::string& out);
// "ready", or a line per reason why not.
void render_readiness(const NodeView& view, std::string& out);

// The page's own script, for the Content-Security-Policy.
[[nodiscard]] std::string_view page_script();

}  // namespace edgeherd::agent
