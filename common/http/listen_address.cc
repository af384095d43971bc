#include "common/http/listen_address.h"

#include <boost/asio/ip/address.hpp>

#include "common/core/number.h"
#include "common/http/url.h"

namespace edgeherd::http {

bool ListenAddress::is_loopback() const {
  return http::is_loopback(host);
}

bool ListenAddress::is_any() const {
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(host, failed);
  return !failed && address.is_unspecified();
}

Status check_listen_host(std::string_view host) {
  boost::system::error_code failed;
  boost::asio::ip::make_address(std::string(host), failed);
  if (!failed) return {};
  return fail(Errc::invalid, "\"" + std::string(host) + "\" is not an IP address" +
                                 (host == "*" ? "; every interface is 0.0.0.0, or ::" : ""));
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto wrong = fail(Errc::invalid, "\"" + std::string(text) +
                                             "\" is no address and port to listen on, such as "
                                             "127.0.0.1:9180 or [::1]:9180");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  if (const Status good = check_listen_host(host); !good) return good.error();
  if ((host.find(':') != std::string_view::npos) != bracketed) return wrong;

  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return wrong;
  return ListenAddress{std::string(host), *port};
}

}  // namespace edgeherd::http
