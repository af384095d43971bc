// Any bytes as one value that a person or a peer writes: a duration, a size, a moment, an address,
// a URL, a target, an archive, credentials. Refused with words, or read within its bounds.
#include <cstdint>
#include <string>

#include "agent/app/config.h"
#include "agent/collect/edge_filter.h"
#include "common/archive/archive_url.h"
#include "common/aws/credentials.h"
#include "common/config/units.h"
#include "common/core/number.h"
#include "common/core/utc.h"
#include "common/crypto/digest.h"
#include "common/http/http_date.h"
#include "common/http/listen_address.h"
#include "common/http/message.h"
#include "common/http/url.h"
#include "common/net/curve_key.h"
#include "common/telemetry/log.h"
#include "coordinator/providers/local/address_range.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using fuzz::require;

namespace {

void as_time(std::string_view text) {
  if (const auto moment = parse_utc(text); moment.ok()) {
    const auto again = parse_utc(utc_text(*moment));
    require(again.ok());
  }
  (void)http::parse_http_date(text);
  if (const auto duration = config::parse_duration(text); duration.ok()) {
    const auto again = config::parse_duration(config::format_duration(*duration));
    require(again.ok() && *again == *duration);
  }
}

void as_number(std::string_view text) {
  const auto number = parse_number<std::int64_t>(text);
  if (number) require(parse_number<std::int64_t>(std::to_string(*number)) == number);
  (void)parse_number<std::uint16_t>(text, 16);
}

void as_address(std::string_view text) {
  (void)local::AddressRange::parse(text);
  (void)agent::parse_address(std::string(text));
  if (const auto listen = http::parse_listen(text); listen.ok()) {
    require(!listen->host.empty());
  }
  if (const auto url = http::parse_url(text); url.ok()) require(!url->host.empty());
  (void)net::is_curve_key(text);
}

void as_target(std::string_view text) {
  http::Request request;
  if (http::parse_target(text, request).ok()) {
    require(request.path.starts_with('/') || (request.path == "*" && text == "*"));
  }
  for (const auto plus : {http::Plus::is_plus, http::Plus::is_space}) {
    const auto decoded = http::percent_decode(text, plus);
    if (!decoded.ok()) continue;
    const auto encoded = http::percent_encode(*decoded, http::Slash::escape);
    const auto again = http::percent_decode(encoded, plus);
    require(again.ok() && *again == *decoded);
  }
}

void as_encoded(std::string_view text) {
  const auto hex = crypto::from_hex(text);
  if (hex.ok()) require(crypto::to_hex(*hex).size() == text.size());
  const auto base64 = crypto::from_base64(text);
  if (base64.ok()) require(crypto::to_base64(*base64) == text);
}

void as_archive(std::string_view text) {
  (void)archive::parse_archive_url(text);
  const auto found = aws::parse_credentials(text, "default", "file");
  require(found.ok() || found.error().message.starts_with("file"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  as_time(text);
  as_number(text);
  (void)config::parse_bytes(text);
  as_address(text);
  as_target(text);
  as_encoded(text);
  as_archive(text);
  (void)telemetry::parse_level(text);
  return 0;
}
