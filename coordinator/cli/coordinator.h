// Coordinator: the API as plain calls, each of which waits for its answer.
//
// It runs a loop of its own while a call is under way. Calls throw Failed.
// Thread: main's.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "common/core/clock.h"
#include "coordinator/cli/options.h"

namespace edgeherd::cli {

// Why a command could not do what was asked, and what would work.
class Failed : public std::runtime_error {
 public:
  Failed(ExitCode exit, std::string code, const std::string& message, std::string hint)
      : std::runtime_error(message), exit_(exit), code_(std::move(code)), hint_(std::move(hint)) {}

  [[nodiscard]] ExitCode exit() const { return exit_; }
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] const std::string& hint() const { return hint_; }
  // More lines to show: each problem of a configuration.
  std::vector<std::string> details;

 private:
  ExitCode exit_;
  std::string code_;
  std::string hint_;
};

// An answer as it came, and what it says.
struct Answer {
  std::string text;
  boost::json::object document;
};

class Coordinator {
 public:
  static constexpr Duration patience = 15s;  // for an answer

  // An error of `to` is thrown by the first call: what needs no coordinator needs no good endpoint.
  explicit Coordinator(Result<Connection> to);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // target: "/v1/nodes?zone=x", encoded.
  [[nodiscard]] Answer get(const std::string& target, Duration deadline = patience);
  Answer post(const std::string& path, const boost::json::object& body);

  void idle(Duration span);
  [[nodiscard]] const Clock& clock() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "/v1/zones/" + "local/lon1"; "?zone=" + ...
[[nodiscard]] std::string encoded_path(std::string_view text);
[[nodiscard]] std::string encoded_value(std::string_view text);

}  // namespace edgeherd::cli
