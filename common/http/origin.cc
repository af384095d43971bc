#include "common/http/origin.h"

#include <algorithm>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace edgeherd::http {

namespace ip = boost::asio::ip;

std::string origin_of(const ip::address& address) {
  if (address.is_v4()) {
    const auto v4 = address.to_v4();
    return v4 == ip::address_v4::loopback() ? "" : v4.to_string();
  }
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return origin_of(ip::make_address_v4(ip::v4_mapped, v6));
  if (v6.is_loopback()) return "";
  auto network = v6.to_bytes();
  std::fill(network.begin() + 8, network.end(), 0);
  return ip::address_v6(network).to_string() + "/64";
}

}  // namespace edgeherd::http
