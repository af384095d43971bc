#include "coordinator/providers/digitalocean/access.h"

#include <memory>
#include <utility>

#include "common/http/url.h"
#include "common/os/asio_loop.h"
#include "coordinator/providers/digitalocean/token.h"

namespace edgeherd::digitalocean {

using config::Need;
using config::Section;

namespace {

void read_token(Section& section, Access& access) {
  section.text("token_file", access.token_file, Need::optional);
  section.text("token_environment", access.token_environment, Need::optional);
  if (section.has("token_file") == section.has("token_environment")) {
    section.problem(
        "either \"token_file\" or \"token_environment\" must say where the token is, not both");
  }
  if (section.has("token_file") && !access.token_file.starts_with('/')) {
    section.problem("token_file",
                    "\"token_file\" must be a path from the root, as "
                    "/etc/edgeherd/digitalocean.token");
  }
  if (section.has("token_environment") &&
      (access.token_environment.empty() ||
       access.token_environment.find('=') != std::string::npos)) {
    section.problem("token_environment", "\"token_environment\" must be a variable's name");
  }
}

void read_url(Section& section, Access& access) {
  section.text("api_url", access.api_url, Need::optional);
  while (access.api_url.ends_with('/')) access.api_url.pop_back();
  const auto url = http::parse_url(access.api_url);
  if (!url) return section.problem("api_url", url.error().message);
  if (url->target != "/") section.problem("api_url", "\"api_url\" must end with the host or port");
  if (url->scheme == http::Scheme::http && !http::is_loopback(url->host)) {
    section.problem("api_url", "the token would travel in clear: https:// is needed");
  }
}

}  // namespace

Access read_access(Section& section) {
  Access access;
  read_token(section, access);
  read_url(section, access);
  section.text("ca_file", access.ca_file, Need::optional);
  section.duration("timeout", access.timeout, 1s, 50s, Need::optional);
  section.integer("calls_per_minute", access.limits.per_minute, 10, 100'000, Need::optional);
  section.integer("calls_per_hour", access.limits.per_hour, 100, 1'000'000, Need::optional);
  return access;
}

Endpoint endpoint_of(const Access& access) {
  return {access.api_url, access.timeout,
          token_source(access.token_file, access.token_environment)};
}

std::string account_of(const Access& access) {
  return access.api_url + " " +
         (access.token_file.empty() ? "$" + access.token_environment : access.token_file);
}

Transport transport_of(const Access& access, os::AsioLoop& loop) {
  http::ClientOptions from;
  from.ca_file = access.ca_file;
  return [client = std::make_shared<http::Client>(loop.io(), from)](http::ClientRequest request,
                                                                    http::Client::Done done) {
    client->send(std::move(request), std::move(done));
  };
}

}  // namespace edgeherd::digitalocean
