// One message as a server's socket received it.
#pragma once

#include <string_view>

namespace edgeherd::net {

// Views into what the socket holds: valid during the call that brings them.
struct Incoming {
  std::string_view routing_id;  // where an answer goes
  std::string_view user;        // the CURVE key that the ZAP handler vouches for
  std::string_view bytes;
};

}  // namespace edgeherd::net
