// Where a server listens, as configuration spells it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::http {

struct ListenAddress {
  std::string host;        // an IP address without brackets, never a name
  std::uint16_t port = 0;  // 0: the system chooses
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_any() const;  // of every interface
  bool operator==(const ListenAddress&) const = default;
};

// Whether a server can listen there: an IP address without brackets. `invalid` otherwise, as for
// "*", a name or an interface. Thread: any.
[[nodiscard]] Status check_listen_host(std::string_view host);

// "127.0.0.1:9180" or "[::1]:9180"; `invalid` otherwise, with what is wrong. Thread: any.
[[nodiscard]] Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace edgeherd::http
