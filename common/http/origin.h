// Whose a connection is, so that one peer's can be counted. Inside common/http only.
//
// Thread: any.
#pragma once

#include <string>

#include <boost/asio/ip/address.hpp>

namespace edgeherd::http {

// An IPv4 address, or the first 64 bits of an IPv6 one: a single host commonly has all the rest.
// Empty for 127.0.0.1 and ::1: behind these is a proxy of this host, and so anybody.
[[nodiscard]] std::string origin_of(const boost::asio::ip::address& address);

}  // namespace edgeherd::http
