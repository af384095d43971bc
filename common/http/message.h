// HTTP requests and responses as plain values, so that only common/http sees Beast.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgeherd::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The first value of a header, compared without case; empty when it is not there.
[[nodiscard]] std::string_view header(const Headers& headers, std::string_view name);

struct Request {
  std::string method;                                       // "GET"
  std::string path;                                         // decoded, without the query: "/v1/zones"
  std::vector<std::pair<std::string, std::string>> query;   // decoded, in order
  std::string target;                                       // as it was sent
  Headers headers;
  std::string body;
  std::string peer;                                         // "127.0.0.1:4711"

  [[nodiscard]] std::string_view query_value(std::string_view name) const;  // empty when absent
};

struct Response {
  int status = 200;
  Headers headers;      // without Content-Length, which the server adds
  std::string body;
};

[[nodiscard]] Response text_response(int status, std::string body);
[[nodiscard]] Response json_response(int status, std::string body);

}  // namespace edgeherd::http
