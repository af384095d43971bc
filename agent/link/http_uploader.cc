#include "agent/link/http_uploader.h"

#include "common/http/client.h"

namespace edgeherd::link {

namespace {

constexpr std::size_t answer_limit = 64 * 1024;  // an archive's error page

class HttpUploader final : public logs::Uploader {
 public:
  explicit HttpUploader(http::Client& client) : client_(client) {}

  void put(logs::PutRequest request, std::function<void(Result<int>)> done) override {
    http::ClientRequest put;
    put.method = "PUT";
    put.url = std::move(request.url);
    put.headers = std::move(request.headers);
    put.body = std::move(request.body);
    put.deadline = request.deadline;
    put.answer_limit = answer_limit;
    client_.send(std::move(put), [alive = std::weak_ptr<int>(alive_),
                                  done = std::move(done)](Result<http::Response> answer) {
      if (alive.expired()) return;
      done(answer ? Result<int>(answer->status) : Result<int>(answer.error()));
    });
  }

 private:
  http::Client& client_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace

std::unique_ptr<logs::Uploader> make_http_uploader(http::Client& client) {
  return std::make_unique<HttpUploader>(client);
}

}  // namespace edgeherd::link
