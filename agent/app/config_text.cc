#include "agent/app/config_text.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "agent/web/text.h"

namespace edgeherd::agent {
namespace {

using config::Array;
using config::Object;
using config::Value;

void substitute_text(std::string& text, config::Position at, const Variables& variables,
                     config::Problems& problems) {
  std::string out;
  std::size_t from = 0;
  for (;;) {
    const auto open = text.find("${", from);
    if (open == std::string::npos) break;
    if (open > from && text[open - 1] == '$') {  // "$${" is a plain "${"
      out.append(text, from, open - 1 - from).append("${");
      from = open + 2;
      continue;
    }
    const auto close = text.find('}', open);
    if (close == std::string::npos) {
      problems.add(at, "\"${\" without its closing brace");
      return;
    }
    const auto name = std::string_view(text).substr(open + 2, close - open - 2);
    const auto found = variables.find(name);
    if (found == variables.end()) {
      problems.add(at, "unknown variable \"" + std::string(name) +
                           "\": the user data's \"variables\" do not have it");
      return;
    }
    out.append(text, from, open - from).append(found->second);
    from = close + 1;
  }
  out.append(text, from);
  text = std::move(out);
}

void append(std::string& out, const Value& value, const std::vector<std::string_view>& without);

void append_object(std::string& out, const Object& object,
                   const std::vector<std::string_view>& without) {
  std::vector<const config::Member*> members;
  for (const auto& member : object) {
    if (std::ranges::find(without, member.key) == without.end()) members.push_back(&member);
  }
  std::ranges::sort(members, {},
                    [](const auto* member) -> const std::string& { return member->key; });
  out += '{';
  for (const auto* member : members) {
    if (out.back() != '{') out += ',';
    append_json_string(out, member->key);
    out += ':';
    append(out, member->value, {});
  }
  out += '}';
}

void append_array(std::string& out, const Array& array) {
  out += '[';
  for (const auto& item : array) {
    if (out.back() != '[') out += ',';
    append(out, item, {});
  }
  out += ']';
}

void append(std::string& out, const Value& value, const std::vector<std::string_view>& without) {
  std::visit(
      [&](const auto& data) {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, std::nullptr_t>) {
          out += "null";
        } else if constexpr (std::is_same_v<Data, bool>) {
          out += data ? "true" : "false";
        } else if constexpr (std::is_same_v<Data, double>) {
          append_number(out, data);
        } else if constexpr (std::is_integral_v<Data>) {
          out += std::to_string(data);
        } else if constexpr (std::is_same_v<Data, std::string>) {
          append_json_string(out, data);
        } else if constexpr (std::is_same_v<Data, Array>) {
          append_array(out, data);
        } else {
          append_object(out, data, without);
        }
      },
      value.data);
}

}  // namespace

void substitute(Value& value, const Variables& variables, config::Problems& problems) {
  if (auto* text = std::get_if<std::string>(&value.data)) {
    substitute_text(*text, value.at, variables, problems);
  } else if (auto* array = std::get_if<Array>(&value.data)) {
    for (auto& item : *array) substitute(item, variables, problems);
  } else if (auto* object = std::get_if<Object>(&value.data)) {
    for (auto& member : *object) substitute(member.value, variables, problems);
  }
}

std::string canonical(const Value& value, const std::vector<std::string_view>& without) {
  std::string out;
  append(out, value, without);
  return out;
}

}  // namespace edgeherd::agent
