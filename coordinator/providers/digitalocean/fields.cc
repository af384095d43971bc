#include "coordinator/providers/digitalocean/fields.h"

#include <utility>

#include "common/core/utc.h"

namespace edgeherd::digitalocean {

namespace json = boost::json;

Fields::Fields(const json::object& object, std::string path)
    : object_(object), path_(std::move(path)) {}

const json::value* Fields::find(std::string_view key) const {
  const json::value* value = object_.if_contains(json::string_view(key.data(), key.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string Fields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void Fields::wrong(std::string_view key, const std::string& what) {
  if (!wrong_) wrong_ = fail(Errc::broken, path_of(key) + ": " + what);
}

std::string Fields::text(std::string_view key) {
  const json::value* value = find(key);
  if (value != nullptr && value->is_string()) return std::string(value->get_string());
  wrong(key, "a text is expected");
  return {};
}

std::string Fields::optional_text(std::string_view key) {
  return find(key) == nullptr ? std::string() : text(key);
}

bool Fields::optional_flag(std::string_view key) {
  const json::value* value = find(key);
  if (value != nullptr && !value->is_bool()) wrong(key, "true or false is expected");
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::uint64_t Fields::count(std::string_view key) {
  const json::value* value = find(key);
  if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value->get_int64());
  }
  wrong(key, "a count is expected");
  return 0;
}

WallTime Fields::moment(std::string_view key) {
  const auto parsed = parse_utc(text(key));
  if (parsed) return *parsed;
  wrong(key, parsed.error().message);
  return {};
}

const json::array* Fields::list(std::string_view key) {
  const json::value* value = find(key);
  if (value != nullptr && value->is_array()) return &value->get_array();
  wrong(key, "a list is expected");
  return nullptr;
}

const json::array* Fields::optional_list(std::string_view key) {
  return find(key) == nullptr ? nullptr : list(key);
}

const json::object* Fields::object(std::string_view key) {
  const json::value* value = find(key);
  if (value != nullptr && value->is_object()) return &value->get_object();
  wrong(key, "an object is expected");
  return nullptr;
}

const json::object* Fields::optional_object(std::string_view key) {
  return find(key) == nullptr ? nullptr : object(key);
}

}  // namespace edgeherd::digitalocean
