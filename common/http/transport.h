// How others speak HTTP: a Client in the programs, anything in tests.
//
// Thread: the loop's. The contract of http::Client::send holds: `done` once, never inline.
#pragma once

#include <functional>

#include "common/http/client.h"

namespace edgeherd::http {

using Transport = std::function<void(ClientRequest, Client::Done)>;

}  // namespace edgeherd::http
