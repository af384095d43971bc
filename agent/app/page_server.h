// How the health page is served, by the agent that waits and by the one that works.
//
// Thread: free functions.
#pragma once

#include <optional>

#include "agent/app/config.h"
#include "common/http/server.h"

namespace edgeherd::agent {

// For a prober or two, a scraper and a few people.
[[nodiscard]] http::ServerLimits page_limits();

// The error names address and port.
Status listen_for_page(http::Server& server, const http::ListenAddress& at,
                       const std::optional<TlsConfig>& tls);

}  // namespace edgeherd::agent
