// An HTTP service in virtual time: what it answers is a function, and what it was asked is kept.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/http/transport.h"
#include "common/sim/sim_loop.h"

namespace edgeherd::test {

class SimService {
 public:
  static constexpr auto endpoint = "http://169.254.169.254";

  explicit SimService(sim::SimLoop& loop) : loop_(loop) {}

  // Of the path, with the request for those who look closer.
  std::function<Result<http::Response>(const std::string& path, const http::ClientRequest&)> answer;
  Duration takes{0};                 // from question to answer
  std::vector<std::string> asked{};  // "GET /path"

  // The service outlives whoever uses it.
  [[nodiscard]] http::Transport transport() {
    return [this](http::ClientRequest request, http::Client::Done done) {
      const auto path = request.url.substr(std::string(endpoint).size());
      asked.push_back(request.method + " " + path);
      const bool late = takes > request.deadline;
      auto result =
          late ? Result<http::Response>(
                     fail(Errc::timeout, "GET " + request.url + ": no answer within " + "its time"))
               : answer(path, request);
      if (result && result->body.size() > request.answer_limit) {
        result = fail(Errc::exhausted, "GET " + request.url + ": too long");
      }
      loop_.after(late ? request.deadline : takes,
                  [done = std::move(done), result = std::move(result)] { done(result); });
    };
  }

 private:
  sim::SimLoop& loop_;
};

[[nodiscard]] inline Result<http::Response> says(std::string body) {
  return http::Response{200, {}, std::move(body)};
}
[[nodiscard]] inline Result<http::Response> status(int number) {
  return http::Response{number, {}, "it is " + std::to_string(number)};
}

}  // namespace edgeherd::test
