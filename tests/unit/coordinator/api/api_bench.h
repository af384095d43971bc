// A real coordinator and those who ask its API, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "tests/unit/coordinator/app/running_coordinator.h"

namespace edgeherd::tests {

using boost::json::object;
using model::NodeState;

inline object document(const http::Response& response) {
  INFO(response.body);
  boost::system::error_code failed;
  auto value = boost::json::parse(response.body, failed);
  REQUIRE_FALSE(failed);
  REQUIRE(value.is_object());
  return value.as_object();
}

inline std::string text(const object& from, std::string_view key) {
  REQUIRE(from.contains(key));
  REQUIRE(from.at(key).is_string());
  return std::string(from.at(key).as_string());
}

// An error in the one form of all errors.
inline void check_error(const http::Response& response, int status, std::string_view code) {
  INFO(response.body);
  CHECK(response.status == status);
  const object error = document(response);
  CHECK(text(error, "code") == code);
  CHECK_FALSE(text(error, "message").empty());
  CHECK(error.contains("hint"));
}

struct Bench {
  explicit Bench(const Setup& setup = {}) : coordinator(setup) {}
  RunningCoordinator coordinator;
  Caller anyone{coordinator.url(), ""};
  Caller viewer{coordinator.url(), viewer_token};
  Caller alice{coordinator.url(), operator_token};
};

inline Setup three_nodes() {
  Setup setup;
  setup.nodes = {make_node("a", "test/lon1", NodeState::in_service),
                 make_node("bb", "test/lon1", NodeState::in_service),
                 make_node("ccc", "test/lon1", NodeState::in_service)};
  return setup;
}

}  // namespace edgeherd::tests
