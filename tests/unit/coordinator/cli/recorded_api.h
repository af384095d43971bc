// A real HTTP server that gives recorded answers, and the program run against it.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "coordinator/cli/run.h"
#include "tests/support/loop_thread.h"

namespace edgeherd::test {

class RecordedApi {
 public:
  RecordedApi() {
    loop_.run([this] {
      server_.emplace(loop_.loop().io(), http::ServerLimits{},
                      [this](const http::Request& request, const http::Server::Reply& reply) {
                        reply(answer(request));
                      });
      return server_->listen("127.0.0.1", 0, std::nullopt).ok();
    });
  }
  ~RecordedApi() {
    loop_.run([this] { server_.reset(); });
  }
  RecordedApi(const RecordedApi&) = delete;
  RecordedApi& operator=(const RecordedApi&) = delete;

  // what: "GET /v1/status", without a query. Several answers to one question are given in turn,
  // the last of them again and again.
  void gives(const std::string& what, std::string body, int status = 200) {
    const std::lock_guard lock(mutex_);
    answers_[what].push_back(http::json_response(status, std::move(body)));
  }
  [[nodiscard]] std::string endpoint() {
    return "http://127.0.0.1:" + std::to_string(loop_.run([this] { return server_->port(); }));
  }
  // "GET /v1/nodes?zone=lon1" and, for a POST, " {body}".
  [[nodiscard]] std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::string authorization() {
    const std::lock_guard lock(mutex_);
    return authorization_;
  }

 private:
  http::Response answer(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request.method + " " + request.target +
                     (request.body.empty() ? "" : " " + request.body));
    authorization_ = http::header(request.headers, "Authorization");
    auto& recorded = answers_[request.method + " " + request.path];
    if (recorded.empty()) {
      return http::json_response(
          404, R"({"schema":1,"code":"not_found","message":"there is nothing at )" + request.path +
                   R"(","hint":null})");
    }
    http::Response response = recorded.front();
    if (recorded.size() > 1) recorded.erase(recorded.begin());
    return response;
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<http::Response>> answers_;
  std::vector<std::string> asked_;
  std::string authorization_;
  LoopThread loop_;
  std::optional<http::Server> server_;
};

struct Ran {
  int exit = -1;
  std::string out;
  std::string err;
};

using Variables = std::map<std::string, std::string, std::less<>>;

struct Setting {
  Variables variables = {};
  cli::Device device = cli::Device::plain;
  cli::CheckFiles check_files = {};
  cli::Simulate simulate = {};
  int rounds = 0;  // of --watch and --follow
};

inline Ran run_cli(const std::vector<std::string>& arguments, const Setting& setting = {}) {
  std::ostringstream out;
  std::ostringstream err;
  cli::Terminal terminal(out, err, setting.device);
  int rounds = setting.rounds;
  Ran ran;
  ran.exit = cli::run(arguments, {terminal,
                                  [&](std::string_view name) -> std::optional<std::string> {
                                    const auto found = setting.variables.find(name);
                                    if (found == setting.variables.end()) return std::nullopt;
                                    return found->second;
                                  },
                                  setting.check_files, setting.simulate,
                                  [&rounds](Duration) { return rounds-- > 0; }});
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

inline Ran run_cli(RecordedApi& api, const std::vector<std::string>& arguments,
                   Setting setting = {}) {
  setting.variables.try_emplace("EDGEHERD_ENDPOINT", api.endpoint());
  return run_cli(arguments, setting);
}

[[nodiscard]] inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace edgeherd::test
