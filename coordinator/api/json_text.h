// Small helpers for building JSON documents. Thread: any.
#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "common/core/clock.h"

namespace edgeherd::api {

// Seconds with milliseconds: enough for people and stable for programs.
// Whole seconds as an integer: the library writes the double 10 as 1E1, which not every reader
// takes.
[[nodiscard]] inline boost::json::value seconds_value(Duration span) {
  const long long ms = millis(span);
  if (ms % 1000 == 0) return ms / 1000;
  return static_cast<double>(ms) / 1000;
}
[[nodiscard]] inline boost::json::value age_value(const std::optional<MonoTime>& at, MonoTime now) {
  return at ? seconds_value(now - *at) : boost::json::value(nullptr);
}
template <class T>
[[nodiscard]] boost::json::value or_null(const std::optional<T>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}
[[nodiscard]] inline boost::json::value text_or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

}  // namespace edgeherd::api
