// Signed requests to one bucket: where the URL, the signature and the clock's correction are made.
//
// Thread: the loop's. Held by shared_ptr: an answer that comes after the last one is gone is
// dropped.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/archive/s3_archive.h"
#include "common/aws/peer_clock.h"

namespace edgeherd::archive {

class S3Requests : public std::enable_shared_from_this<S3Requests> {
 public:
  struct Call {
    std::string method;
    std::string key;  // empty: the bucket itself
    aws::sigv4::Pairs query;
    aws::sigv4::Pairs headers;
    std::size_t answer_limit = 0;
    Duration deadline{};
  };
  // Any HTTP status; an Error only when there was no answer.
  using Done = std::function<void(Result<http::Response>)>;

  S3Requests(S3Config config, aws::Credentials credentials, EventLoop& loop,
             http::Transport transport);

  void send(Call call, Done done);
  [[nodiscard]] Grant presign_put(const PutSpec& spec, WallTime now) const;

  [[nodiscard]] const S3Config& config() const { return config_; }
  [[nodiscard]] EventLoop& loop() const { return loop_; }
  // "s3://bucket at host", for messages.
  [[nodiscard]] std::string name() const;

 private:
  enum class Attempt { first, corrected };
  void attempt(Call call, Attempt which, Done done);
  [[nodiscard]] aws::sigv4::Request request_of(const std::string& method,
                                               const std::string& key) const;
  [[nodiscard]] std::string url_of(const aws::sigv4::Request& request) const;

  const S3Config config_;
  const aws::Credentials credentials_;
  EventLoop& loop_;
  const http::Transport transport_;
  aws::PeerClock store_clock_;
};

}  // namespace edgeherd::archive
