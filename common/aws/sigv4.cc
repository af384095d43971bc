#include "common/aws/sigv4.h"

#include <algorithm>
#include <cassert>
#include <cstdio>

#include "common/core/text.h"
#include "common/crypto/digest.h"
#include "common/http/message.h"

namespace edgeherd::aws::sigv4 {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

// Trimmed, and each run of spaces inside reduced to one.
std::string header_value(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t';
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

struct CanonicalHeaders {
  std::string block;  // "host:example.com\nx-amz-date:...\n"
  std::string names;  // "host;x-amz-date"
};

CanonicalHeaders canonical_headers(const Pairs& headers) {
  Pairs sorted;
  for (const auto& [name, value] : headers)
    sorted.emplace_back(lower_case(name), header_value(value));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  CanonicalHeaders out;
  for (std::size_t i = 0; i < sorted.size();) {
    const auto& name = sorted[i].first;
    std::string values = sorted[i].second;
    std::size_t next = i + 1;
    for (; next < sorted.size() && sorted[next].first == name; ++next) {
      values += "," + sorted[next].second;
    }
    out.block += name + ":" + values + "\n";
    out.names += (out.names.empty() ? "" : ";") + name;
    i = next;
  }
  return out;
}

// RFC 3986, section 5.2.4, and empty segments besides.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  std::string_view segment;
  while (!path.empty()) {
    path.remove_prefix(1);
    segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") kept.push_back(segment);
  }
  std::string out;
  for (const auto part : kept) out.append("/").append(part);
  const bool directory = segment.empty() || segment == "." || segment == "..";
  return directory ? out + "/" : out;
}

std::string scope_text(const Scope& scope, std::string_view stamp) {
  return std::string(stamp.substr(0, 8)) + "/" + scope.region + "/" + scope.service +
         "/aws4_request";
}

std::string signature(const Request& request, const CanonicalHeaders& headers,
                      const Credentials& credentials, const Scope& scope,
                      std::string_view payload_sha256, std::string_view stamp) {
  const std::string canonical = request.method + "\n" + canonical_path(request.path, scope) + "\n" +
                                query_string(request.query) + "\n" + headers.block + "\n" +
                                headers.names + "\n" + std::string(payload_sha256);
  const std::string to_sign = std::string(algorithm) + "\n" + std::string(stamp) + "\n" +
                              scope_text(scope, stamp) + "\n" +
                              crypto::to_hex(crypto::sha256(canonical));
  std::string key = crypto::hmac_sha256("AWS4" + credentials.secret_access_key, stamp.substr(0, 8));
  key = crypto::hmac_sha256(key, scope.region);
  key = crypto::hmac_sha256(key, scope.service);
  key = crypto::hmac_sha256(key, "aws4_request");
  return crypto::to_hex(crypto::hmac_sha256(key, to_sign));
}

[[maybe_unused]] bool has_host(const Pairs& headers) {
  return std::any_of(headers.begin(), headers.end(),
                     [](const auto& header) { return lower_case(header.first) == "host"; });
}

}  // namespace

std::string canonical_path(std::string_view path, const Scope& scope) {
  if (scope.service == "s3") {
    return http::percent_encode(path.empty() ? "/" : path, http::Slash::keep);
  }
  const std::string once = http::percent_encode(without_dots(path), http::Slash::keep);
  return http::percent_encode(once, http::Slash::keep);
}

std::string query_string(const Pairs& query) {
  Pairs encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(http::percent_encode(name, http::Slash::escape),
                         http::percent_encode(value, http::Slash::escape));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    out += (out.empty() ? "" : "&") + name + "=" + value;
  }
  return out;
}

std::string timestamp(WallTime time) {
  const std::chrono::sys_time<Duration> utc{time.time_since_epoch()};
  const auto day = std::chrono::floor<std::chrono::days>(utc);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(utc - day)};
  char text[64];
  std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

Pairs sign_headers(const Request& request, const Credentials& credentials, const Scope& scope,
                   std::string_view payload_sha256, WallTime now) {
  assert(has_host(request.headers));
  const std::string stamp = timestamp(now);
  Pairs added{{"x-amz-date", stamp}};
  if (scope.service == "s3") added.emplace_back("x-amz-content-sha256", payload_sha256);
  if (!credentials.session_token.empty()) {
    added.emplace_back("x-amz-security-token", credentials.session_token);
  }
  Request full = request;
  full.headers.insert(full.headers.end(), added.begin(), added.end());
  const auto headers = canonical_headers(full.headers);
  added.emplace_back(
      "Authorization",
      std::string(algorithm) + " Credential=" + credentials.access_key_id + "/" +
          scope_text(scope, stamp) + ", SignedHeaders=" + headers.names +
          ", Signature=" + signature(full, headers, credentials, scope, payload_sha256, stamp));
  return added;
}

Pairs presign(const Request& request, const Credentials& credentials, const Scope& scope,
              std::string_view payload_sha256, WallTime now, Duration validity) {
  assert(has_host(request.headers));
  const std::string stamp = timestamp(now);
  const auto headers = canonical_headers(request.headers);
  Request full = request;
  full.query.emplace_back("X-Amz-Algorithm", algorithm);
  full.query.emplace_back("X-Amz-Credential",
                          credentials.access_key_id + "/" + scope_text(scope, stamp));
  full.query.emplace_back("X-Amz-Date", stamp);
  full.query.emplace_back("X-Amz-Expires", std::to_string(millis(validity) / 1000));
  full.query.emplace_back("X-Amz-SignedHeaders", headers.names);
  if (!credentials.session_token.empty()) {
    full.query.emplace_back("X-Amz-Security-Token", credentials.session_token);
  }
  full.query.emplace_back("X-Amz-Signature",
                          signature(full, headers, credentials, scope, payload_sha256, stamp));
  return full.query;
}

}  // namespace edgeherd::aws::sigv4
