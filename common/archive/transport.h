// How an archive speaks HTTP: http::Client in the programs, anything in tests.
//
// Thread: the loop's. The contract of http::Client::send holds: `done` once, never inline.
#pragma once

#include <functional>

#include "common/http/client.h"

namespace edgeherd::archive {

using Transport = std::function<void(http::ClientRequest, http::Client::Done)>;

}  // namespace edgeherd::archive
