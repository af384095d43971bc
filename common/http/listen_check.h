// What can be said of a server's settings before it listens: what Server::listen() would refuse,
// whoever else has the port. All `invalid`, with what is wrong. Thread: any.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::http {

// An IP address; a host's name is none.
[[nodiscard]] Status check_address(const std::string& address);

// A PEM chain.
[[nodiscard]] Status check_certificate(std::string_view chain);

// The PEM key of a chain that is good. One with a passphrase is wrong: nobody could type it.
[[nodiscard]] Status check_key(std::string_view chain, std::string_view key);

}  // namespace edgeherd::http
