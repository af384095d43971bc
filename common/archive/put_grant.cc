#include "common/archive/put_grant.h"

#include <optional>

#include "common/core/number.h"
#include "common/crypto/digest.h"

namespace edgeherd::archive {

namespace {

std::string_view to_string(Overwrite overwrite) {
  return overwrite == Overwrite::forbid ? "forbid" : "allow";
}

std::string signature_of(const PutSpec& spec, std::string_view expires, std::string_view secret) {
  std::string text = "edgeherd archive put v1\n" + spec.key + "\n";
  text += std::string(expires) + "\n" + std::string(to_string(spec.overwrite)) + "\n";
  text += std::to_string(spec.object.bytes) + "\n" + spec.object.sha256_hex + "\n";
  text += spec.object.md5_base64;
  return crypto::to_hex(crypto::hmac_sha256(secret, text));
}

Error refused(std::string why) {
  return fail(Errc::refused, std::move(why));
}

}  // namespace

Grant sign_file_put(const PutSpec& spec, std::string_view public_url, std::string_view secret,
                    WallTime now) {
  const std::string expires = std::to_string(unix_millis(now + spec.validity) / 1000);
  Grant grant;
  grant.url = std::string(public_url) + std::string(endpoint_path) +
              http::percent_encode(spec.key, http::Slash::keep) + "?expires=" + expires +
              "&overwrite=" + std::string(to_string(spec.overwrite)) +
              "&bytes=" + std::to_string(spec.object.bytes) + "&sha256=" + spec.object.sha256_hex +
              "&signature=" + signature_of(spec, expires, secret);
  grant.headers.emplace_back("Content-MD5", spec.object.md5_base64);
  if (spec.overwrite == Overwrite::forbid) grant.headers.emplace_back("If-None-Match", "*");
  return grant;
}

Result<PutSpec> check_file_put(const http::Request& request, std::string_view secret,
                               WallTime now) {
  if (!request.path.starts_with(endpoint_path)) return refused("this is no archive object");
  PutSpec spec;
  spec.key = request.path.substr(endpoint_path.size());
  const auto overwrite = request.query_value("overwrite");
  if (overwrite != "forbid" && overwrite != "allow") return refused("overwrite is missing");
  spec.overwrite = overwrite == "forbid" ? Overwrite::forbid : Overwrite::allow;
  const auto bytes = parse_number<long long>(request.query_value("bytes"));
  const auto expires = parse_number<long long>(request.query_value("expires"));
  if (!bytes || *bytes < 0 || !expires) return refused("bytes or expires is missing");
  spec.object.bytes = static_cast<std::uint64_t>(*bytes);
  spec.object.sha256_hex = request.query_value("sha256");
  spec.object.md5_base64 = http::header(request.headers, "Content-MD5");

  const std::string expected = signature_of(spec, request.query_value("expires"), secret);
  if (!crypto::constant_time_equal(expected, request.query_value("signature"))) {
    return refused("the signature does not match this request");
  }
  // The header is a promise of the signed query, as in a presigned request of S3.
  const auto condition = http::header(request.headers, "If-None-Match");
  if (condition != (spec.overwrite == Overwrite::forbid ? "*" : "")) {
    return refused("If-None-Match is not as it was signed");
  }
  const long long now_s = unix_millis(now) / 1000;
  if (*expires <= now_s) return refused("the grant has expired");
  // Compared, not subtracted: it may be any number.
  if (*expires >
      now_s + std::chrono::duration_cast<std::chrono::seconds>(max_grant_validity).count()) {
    return refused("the grant is from a clock far ahead of this one");
  }
  spec.validity = std::chrono::seconds{*expires - now_s};
  return spec;
}

}  // namespace edgeherd::archive
