#include <algorithm>

#include "common/http/message.h"

namespace edgeherd::http {

namespace {

// The value of a hexadecimal digit, or -1.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Status parse_query(std::string_view text, Request& request) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::string_view name = pair.substr(0, pair.find('='));
    const std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
    auto decoded_name = percent_decode(name, Plus::is_space);
    if (!decoded_name) return decoded_name.error();
    auto decoded_value = percent_decode(value, Plus::is_space);
    if (!decoded_value) return decoded_value.error();
    request.query.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
  }
  return {};
}

// The absolute form is what a client sends to a proxy; every server has to take it.
std::string_view strip_origin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_name(target.substr(0, scheme.size()), scheme)) continue;
    const auto end = target.find_first_of("/?", scheme.size());
    if (end == std::string_view::npos) return "/";
    return target.substr(end);
  }
  return target;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(Errc::invalid, "broken percent escape");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus == Plus::is_space) {
      c = ' ';
    }
    if (c == '\0') return fail(Errc::invalid, "NUL in a request target");
    decoded += c;
  }
  return decoded;
}

Status parse_target(std::string_view target, Request& request) {
  request.path.clear();
  request.query.clear();
  if (target == "*") {
    request.path = "*";
    return {};
  }
  const std::string_view local = strip_origin(target);
  const std::string_view path = local.substr(0, local.find('?'));
  // "http://host?query" has an empty path, which means "/".
  const bool rooted = path.starts_with('/') || (path.empty() && local.size() < target.size());
  if (!rooted) return fail(Errc::invalid, "a request target starts with /");
  auto decoded = percent_decode(path.empty() ? "/" : path, Plus::is_plus);
  if (!decoded) return decoded.error();
  request.path = std::move(*decoded);
  return parse_query(local.substr(std::min(local.size(), path.size() + 1)), request);
}

}  // namespace edgeherd::http
