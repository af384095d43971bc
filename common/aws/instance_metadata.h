// AWS's instance metadata service, by its version 2 alone: every question carries a session token,
// which is asked for first, kept while it lives, and asked for anew when it is not taken (401).
//
// Thread: the loop's. `done` is called exactly once, never inline, and not at all once the object
// is gone. Errors name the service and what was asked: `not_found` when a question's path is not
// there (404), `refused` (401, 403), `throttled` (429), `unavailable` (5xx, and no token path),
// `broken` for any other answer. A redirect is such an answer; it is never followed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/event_loop.h"
#include "common/http/transport.h"

namespace edgeherd::aws {

class InstanceMetadata : public std::enable_shared_from_this<InstanceMetadata> {
 public:
  using Done = std::function<void(Result<std::string>)>;

  // `endpoint`: "http://169.254.169.254".
  [[nodiscard]] static std::shared_ptr<InstanceMetadata> make(std::string endpoint, EventLoop& loop,
                                                              http::Transport transport);

  // The body at `path` ("/latest/user-data"), at most `limit` bytes.
  void get(std::string path, std::size_t limit, Done done);

  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

 private:
  struct Question {
    std::string path;
    std::size_t limit = 0;
    Done done;
    int tokens_refused = 0;
  };

  InstanceMetadata(std::string endpoint, EventLoop& loop, http::Transport transport);
  void ask_for_token(Question question);
  void ask(Question question);
  void take_answer(Question question, Result<http::Response> answer);
  [[nodiscard]] Error failure(std::string_view method, std::string_view path,
                              const http::Response& answer) const;
  [[nodiscard]] Error named(Errc code, std::string_view method, std::string_view path,
                            const std::string& why) const;

  const std::string endpoint_;
  EventLoop& loop_;
  const http::Transport transport_;
  std::string token_;
  MonoTime token_until_{};
};

}  // namespace edgeherd::aws
