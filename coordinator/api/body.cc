#include "coordinator/api/body.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <boost/json/parse.hpp>

namespace edgeherd::api {

namespace json = boost::json;

namespace {

Error wrong_type(std::string_view key, std::string_view wanted) {
  return fail(Errc::invalid, "\"" + std::string(key) + "\" must be " + std::string(wanted));
}

std::string listed(std::initializer_list<std::string_view> keys) {
  std::string text;
  for (const std::string_view key : keys) {
    text += (text.empty() ? "\"" : ", \"") + std::string(key) + "\"";
  }
  return text.empty() ? "none" : text;
}

bool is_json(std::string_view content_type) {
  const std::string_view kind = content_type.substr(0, content_type.find(';'));
  return http::same_name(kind.substr(0, kind.find_last_not_of(' ') + 1), "application/json");
}

}  // namespace

Result<Body> Body::read(const http::Request& request,
                        std::initializer_list<std::string_view> keys) {
  if (!is_json(http::header(request.headers, "Content-Type"))) {
    return fail(Errc::invalid, "the request needs \"Content-Type: application/json\"");
  }
  if (request.body.empty()) return Body(json::object{});
  boost::system::error_code failed;
  json::value value = json::parse(request.body, failed);
  if (failed) return fail(Errc::invalid, "the body is not JSON: " + failed.message());
  if (!value.is_object()) return fail(Errc::invalid, "the body must be a JSON object");
  for (const auto& entry : value.get_object()) {
    const std::string_view key = entry.key();
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return fail(Errc::invalid,
                  "unknown key \"" + std::string(key) + "\" in the body; known: " + listed(keys));
    }
  }
  return Body(std::move(value.get_object()));
}

const json::value* Body::find(std::string_view key) const {
  const json::value* value = object_.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::optional<std::string>> Body::text(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::optional<std::string>{};
  if (!value->is_string()) return wrong_type(key, "a text");
  return std::optional<std::string>(std::string(value->get_string()));
}

Result<std::string> Body::needed_text(std::string_view key) const {
  auto value = text(key);
  if (!value) return value.error();
  if (!*value || (*value)->empty()) return wrong_type(key, "given, a text that is not empty");
  return std::move(**value);
}

Result<std::optional<int>> Body::count(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::optional<int>{};
  constexpr std::int64_t most = 1'000'000;
  if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > most) {
    return wrong_type(key, "a whole number from 0 to 1000000");
  }
  return std::optional<int>(static_cast<int>(value->get_int64()));
}

Result<bool> Body::flag(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return false;
  if (!value->is_bool()) return wrong_type(key, "true or false");
  return value->get_bool();
}

Result<std::vector<std::string>> Body::texts(std::string_view key) const {
  const json::value* value = find(key);
  std::vector<std::string> result;
  if (value == nullptr) return result;
  if (!value->is_array()) return wrong_type(key, "a list of texts");
  for (const json::value& entry : value->get_array()) {
    if (!entry.is_string()) return wrong_type(key, "a list of texts");
    result.emplace_back(entry.get_string());
  }
  return result;
}

}  // namespace edgeherd::api
