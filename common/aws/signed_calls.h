// Signed requests to one service in one region: the endpoint, the credentials and the clock's
// correction in one place.
//
// A request that is refused because of the time is signed again once with the peer's time; one that
// is refused with credentials that can be renewed is sent once more with new ones. Nothing else is
// repeated here. Thread: the loop's. Held by shared_ptr: an answer that comes after it is gone is
// dropped.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/aws/credential_source.h"
#include "common/aws/peer_clock.h"
#include "common/core/event_loop.h"
#include "common/http/transport.h"

namespace edgeherd::aws {

class SignedCalls : public std::enable_shared_from_this<SignedCalls> {
 public:
  struct Call {
    std::string method = "POST";
    std::string path = "/";  // decoded and normal: no empty or dot segments
    sigv4::Pairs query;
    http::Headers headers;  // signed, too
    std::string body;
    Duration deadline = 30s;
    std::size_t answer_limit = 8 * 1024 * 1024;
    std::optional<MonoTime> begin_by;  // from then on it is not sent any more, but `throttled`
  };
  // Any HTTP status; an Error only when there was no answer, or no credentials.
  using Done = std::function<void(Result<http::Response>)>;

  // `endpoint`: "https://ec2.eu-west-1.amazonaws.com", without a path.
  SignedCalls(std::string endpoint, sigv4::Scope scope, std::shared_ptr<CredentialSource> source,
              EventLoop& loop, http::Transport transport);

  void send(Call call, Done done);

 private:
  enum class Attempt { first, last };
  void attempt(Call call, Attempt which, Done done);
  void send_signed(Call call, Attempt which, const Credentials& credentials, Done done);
  [[nodiscard]] bool in_time(const Call& call) const;
  [[nodiscard]] bool may_help(const http::Response& answer, const Credentials& used, Duration skew);

  const std::string endpoint_;
  const sigv4::Scope scope_;
  const std::shared_ptr<CredentialSource> source_;
  EventLoop& loop_;
  const http::Transport transport_;
  PeerClock clock_;
};

}  // namespace edgeherd::aws
