#include "coordinator/dns/rfc2136/configure.h"

#include <algorithm>
#include <cctype>

#include <boost/asio/ip/address.hpp>

#include "coordinator/dns/rfc2136/message.h"

namespace edgeherd::dns {

using config::Need;

namespace {

// A name, or an address of IPv4 or IPv6, as a resolver takes it.
bool is_host(const std::string& text) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(text, not_an_address);
  return !not_an_address || std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

Rfc2136Options read_rfc2136_options(config::Section& section) {
  Rfc2136Options options;
  section.ignore("type");  // it is how this section came here
  section.text("zone", options.zone, Need::required);
  options.zone = model::plain_name(options.zone);
  if (!options.zone.empty()) {
    if (auto good = check_name(options.zone); !good) section.problem("zone", good.error().message);
  }
  section.text("server", options.server.host, Need::required);
  const bool is_named = !section.has("server") || !options.server.host.empty();
  if (!is_named || !is_host(options.server.host)) {
    section.problem("server",
                    "\"server\": \"" + options.server.host +
                        "\" is neither a host name nor an address (its port is \"port\")");
  }
  section.integer("port", options.server.port, 1, 65'535, Need::optional);
  section.text("key_file", options.key_file, Need::required);
  if (!options.key_file.empty() && options.key_file.front() != '/') {
    section.problem("key_file",
                    "\"key_file\" must be a path from the root, as /etc/edgeherd/dns.key");
  }
  section.duration("timeout", options.timeout, 100ms, 1min, Need::optional);
  section.finish();
  return options;
}

}  // namespace edgeherd::dns
