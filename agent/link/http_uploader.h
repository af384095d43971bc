// The real Uploader: one PUT by the program's HTTP client.
//
// Thread: the loop's. Owner: the app; the client outlives it.
#pragma once

#include <memory>

#include "agent/logs/seams.h"

namespace edgeherd::http {
class Client;
}

namespace edgeherd::link {

[[nodiscard]] std::unique_ptr<logs::Uploader> make_http_uploader(http::Client& client);

}  // namespace edgeherd::link
