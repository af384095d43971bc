// EdgeFilter: which connections are a viewer's: those to one of the edge ports and, where several
// edges share a host, to this edge's own address.
//
// Thread: a value type.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::agent {

// In network order; an IPv4 address as IPv6 writes it, ::ffff:a.b.c.d.
using AddressBytes = std::array<std::uint8_t, 16>;

// The same for the four bytes of an IPv4 address in network order.
[[nodiscard]] AddressBytes mapped(const std::uint8_t* ipv4);

// "127.0.0.5" or "::1".
[[nodiscard]] Result<AddressBytes> parse_address(const std::string& text);

struct EdgeFilter {
  std::vector<std::uint16_t> ports;
  std::optional<AddressBytes> address;  // absent: any local address

  [[nodiscard]] bool admits(const AddressBytes& local) const {
    return !address || *address == local;
  }
};

}  // namespace edgeherd::agent
