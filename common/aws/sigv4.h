// AWS Signature Version 4, as a pure function of the request, the credentials and the time.
//
// Source: "Signature Version 4 signing process", AWS General Reference. The canonical request is
//   method \n path \n query \n headers \n signed header names \n payload hash
// and its signature HMAC chains the secret over day, region, service and "aws4_request".
// Thread: safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/clock.h"

namespace edgeherd::aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;  // never part of a message or a log line
  std::string session_token;      // empty: long-lived credentials
};

inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

namespace sigv4 {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Scope {
  std::string region;   // "eu-central-1"
  std::string service;  // "s3", "ec2", "route53"
};

// All parts decoded, as they are meant; encoding is done here, and query_string() writes the URL
// with the same bytes that were signed.
struct Request {
  std::string method;
  std::string path;  // "/bucket/a key"
  Pairs query;       // any order
  Pairs headers;     // those to sign; "host" must be among them
};

// Sorted by encoded name and value, without "?".
[[nodiscard]] std::string query_string(const Pairs& query);

// "20130524T000000Z"
[[nodiscard]] std::string timestamp(WallTime time);

// What is signed as the path. S3 keys are signed as they stand on the wire; for every other service
// empty and dot segments are taken out ("/a//./b/../c" is "/a/c"), and the rest is encoded a second
// time.
[[nodiscard]] std::string canonical_path(std::string_view path, const Scope& scope);

// The headers to add to `request`: x-amz-date, x-amz-security-token, x-amz-content-sha256 (S3 only)
// and Authorization. `payload_sha256` is 64 hex digits or unsigned_payload.
[[nodiscard]] Pairs sign_headers(const Request& request, const Credentials& credentials,
                                 const Scope& scope, std::string_view payload_sha256, WallTime now);

// The query parameters, in full and with their signature, of a request whoever holds the URL can
// send until now + validity, with every header in `request` exactly as given.
[[nodiscard]] Pairs presign(const Request& request, const Credentials& credentials,
                            const Scope& scope, std::string_view payload_sha256, WallTime now,
                            Duration validity);

}  // namespace sigv4
}  // namespace edgeherd::aws
