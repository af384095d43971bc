#include "coordinator/cli/fields.h"

#include "common/core/text.h"
#include "coordinator/cli/coordinator.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

Failed broken(std::string_view key, std::string_view wanted) {
  return Failed(
      exit_failed, "broken",
      "the answer cannot be understood: \"" + std::string(key) + "\" is no " + std::string(wanted),
      "is something else than a coordinator at this endpoint, or a newer one?");
}

const json::value* find(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

std::string printable(std::string_view text) {
  return cleaned(text, text.size());
}

std::string text(const json::object& from, std::string_view key) {
  const json::value* value = find(from, key);
  if (value == nullptr) return "";
  if (!value->is_string()) throw broken(key, "text");
  return printable(value->get_string());
}

std::optional<double> number(const json::object& from, std::string_view key) {
  const json::value* value = find(from, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) throw broken(key, "number");
  return value->to_number<double>();
}

std::optional<std::int64_t> count(const json::object& from, std::string_view key) {
  const json::value* value = find(from, key);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code failed;
  const auto result = value->to_number<std::int64_t>(failed);
  if (failed) throw broken(key, "whole number");
  return result;
}

bool flag(const json::object& from, std::string_view key) {
  const json::value* value = find(from, key);
  if (value == nullptr) return false;
  if (!value->is_bool()) throw broken(key, "true or false");
  return value->get_bool();
}

std::vector<std::string> texts(const json::object& from, std::string_view key) {
  std::vector<std::string> result;
  for (const json::value& value : list(from, key)) {
    if (!value.is_string()) throw broken(key, "list of texts");
    result.push_back(printable(value.get_string()));
  }
  return result;
}

const json::array& list(const json::object& from, std::string_view key) {
  const json::value* value = find(from, key);
  if (value == nullptr || !value->is_array()) throw broken(key, "list");
  return value->get_array();
}

const json::object& part(const json::object& from, std::string_view key) {
  const json::value* value = find(from, key);
  if (value == nullptr || !value->is_object()) throw broken(key, "object");
  return value->get_object();
}

const json::object& entry(const json::value& value) {
  if (!value.is_object()) throw broken("an entry of a list", "object");
  return value.get_object();
}

}  // namespace edgeherd::cli
