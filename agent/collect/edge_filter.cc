#include "agent/collect/edge_filter.h"

#include <algorithm>

#include <arpa/inet.h>

namespace edgeherd::agent {

AddressBytes mapped(const std::uint8_t* ipv4) {
  AddressBytes bytes{};
  bytes[10] = bytes[11] = 0xff;
  std::copy_n(ipv4, 4, bytes.begin() + 12);
  return bytes;
}

Result<AddressBytes> parse_address(const std::string& text) {
  AddressBytes bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  std::array<std::uint8_t, 4> four{};
  if (::inet_pton(AF_INET, text.c_str(), four.data()) == 1) return mapped(four.data());
  return fail(Errc::invalid, "\"" + text + "\" is no IPv4 or IPv6 address");
}

}  // namespace edgeherd::agent
