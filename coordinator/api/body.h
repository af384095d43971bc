// The JSON body of a request, read strictly: unknown keys and wrong types are errors that name
// them. Thread: a value type.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "common/core/result.h"
#include "common/http/message.h"

namespace edgeherd::api {

class Body {
 public:
  // The body must be an object with no keys but these, sent as application/json (which no web page
  // of another site can do without asking). An empty body is an empty object.
  [[nodiscard]] static Result<Body> read(const http::Request& request,
                                         std::initializer_list<std::string_view> keys);

  // Nothing when the key is absent or null; `invalid` when it is of another type.
  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view key) const;
  [[nodiscard]] Result<std::optional<int>> count(std::string_view key) const;  // 0 or more
  [[nodiscard]] Result<bool> flag(std::string_view key) const;                 // absent is false
  [[nodiscard]] Result<std::vector<std::string>> texts(std::string_view key) const;

  // `invalid` also when it is absent or empty.
  [[nodiscard]] Result<std::string> needed_text(std::string_view key) const;

 private:
  explicit Body(boost::json::object object) : object_(std::move(object)) {}
  [[nodiscard]] const boost::json::value* find(std::string_view key) const;

  boost::json::object object_;
};

}  // namespace edgeherd::api
