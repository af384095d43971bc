#include "common/http/url.h"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "common/core/number.h"

namespace edgeherd::http {

namespace {

Error bad_url(std::string_view text, std::string_view why) {
  // No query and no user name in an error: they may hold secrets.
  std::string shown(text.substr(0, text.find_first_of("?#")));
  if (const auto at = shown.rfind('@'); at != std::string::npos) shown.replace(0, at, "...");
  return fail(Errc::invalid, "URL \"" + shown.substr(0, 200) + "\": " + std::string(why));
}

}  // namespace

std::string Url::without_secrets() const {
  const std::string path = target.substr(0, target.find('?'));
  return (scheme == Scheme::https ? "https://" : "http://") + authority + path;
}

Result<Url> parse_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (parsed.has_error()) return bad_url(text, "not a valid URL");
  const boost::urls::url_view& view = *parsed;
  Url url;
  if (view.scheme_id() == boost::urls::scheme::https) {
    url.scheme = Scheme::https;
    url.port = 443;
  } else if (view.scheme_id() != boost::urls::scheme::http) {
    return bad_url(text, "only http and https are spoken here");
  }
  if (view.has_userinfo()) return bad_url(text, "a user name does not belong there");
  if (view.host().empty()) return bad_url(text, "no host");
  // "host:" without a number means the scheme's own port (RFC 3986, section 3.2.3).
  if (const auto digits = view.port(); !digits.empty()) {
    const auto port = parse_number<std::uint16_t>({digits.data(), digits.size()});
    if (port.value_or(0) == 0) return bad_url(text, "not a port number");
    url.port = *port;
  }
  const auto address = view.host_address();
  url.host.assign(address.data(), address.size());
  const auto authority = view.encoded_host_and_port();
  url.authority.assign(authority.data(), authority.size());
  const auto target = view.encoded_target();
  // Boost ends a port at its last digit and takes what follows for a path: "host:80x", "host:name".
  if (!target.empty() && !target.starts_with('/') && !target.starts_with('?')) {
    return bad_url(text, "not a port number");
  }
  if (!target.starts_with('/')) url.target = "/";
  url.target.append(target.data(), target.size());
  return url;
}

bool is_loopback(std::string_view host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return error ? host == "localhost" : address.is_loopback();
}

bool is_link_local(std::string_view host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error) return false;
  constexpr std::string_view metadata_v6 = "fd00:ec2::254";  // AWS's, which is unique-local
  if (address.is_v6()) return address.to_v6().is_link_local() || host == metadata_v6;
  const auto bytes = address.to_v4().to_bytes();
  return bytes[0] == 169 && bytes[1] == 254;
}

}  // namespace edgeherd::http
