// The parts of an http:// or https:// URL that a client needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::http {

enum class Scheme { http, https };

struct Url {
  Scheme scheme = Scheme::http;
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 80;
  std::string authority;  // as the Host header spells it: "host", "host:8080", "[::1]:80"
  std::string target;     // encoded path and query, exactly as they were given; at least "/"

  // "https://host/path" without the query, which may hold a signature: for logs and errors.
  [[nodiscard]] std::string without_secrets() const;
};

// `invalid` when it is not such a URL, or carries a user name or password.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// Whether what is said to this host stays on this machine, whoever else is on its networks.
[[nodiscard]] bool is_loopback(std::string_view host);
// Whether it is an address of the link itself, as clouds' metadata services are.
[[nodiscard]] bool is_link_local(std::string_view host);

}  // namespace edgeherd::http
