// What can be said of a server's certificate before it listens: what Server::listen() would refuse.
// All `invalid`, with what is wrong. Thread: any.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::http {

// A PEM chain.
[[nodiscard]] Status check_certificate(std::string_view chain);

// The PEM key of a chain that is good. One with a passphrase is wrong: nobody could type it.
[[nodiscard]] Status check_key(std::string_view chain, std::string_view key);

}  // namespace edgeherd::http
