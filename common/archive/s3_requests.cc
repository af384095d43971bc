#include "common/archive/s3_requests.h"

#include "common/crypto/digest.h"

namespace edgeherd::archive {

S3Requests::S3Requests(S3Config config, aws::Credentials credentials, EventLoop& loop,
                       http::Transport transport)
    : config_(std::move(config)),
      credentials_(std::move(credentials)),
      loop_(loop),
      transport_(std::move(transport)) {}

std::string S3Requests::name() const {
  return "s3://" + config_.bucket + " at " + config_.authority;
}

aws::sigv4::Request S3Requests::request_of(const std::string& method,
                                           const std::string& key) const {
  aws::sigv4::Request request;
  request.method = method;
  if (config_.style == BucketStyle::path) {
    request.path = "/" + config_.bucket + "/" + key;
    request.headers.emplace_back("Host", config_.authority);
  } else {
    request.path = "/" + key;
    request.headers.emplace_back("Host", config_.bucket + "." + config_.authority);
  }
  return request;
}

std::string S3Requests::url_of(const aws::sigv4::Request& request) const {
  std::string url = config_.scheme + "://" + request.headers.front().second +
                    http::percent_encode(request.path, http::Slash::keep);
  if (!request.query.empty()) url += "?" + aws::sigv4::query_string(request.query);
  return url;
}

Grant S3Requests::presign_put(const PutSpec& spec, WallTime now) const {
  auto request = request_of("PUT", spec.key);
  Grant grant;
  grant.headers.emplace_back("Content-MD5", spec.object.md5_base64);
  grant.headers.emplace_back("x-amz-content-sha256", spec.object.sha256_hex);
  // AWS checks and keeps this one, so that verify() need not read. The spec was checked to be hex.
  grant.headers.emplace_back("x-amz-checksum-sha256",
                             crypto::to_base64(*crypto::from_hex(spec.object.sha256_hex)));
  if (spec.overwrite == Overwrite::forbid) grant.headers.emplace_back("If-None-Match", "*");
  request.headers.insert(request.headers.end(), grant.headers.begin(), grant.headers.end());
  request.query =
      aws::sigv4::presign(request, credentials_, {config_.region, "s3"}, spec.object.sha256_hex,
                          store_clock_.correct(now), spec.validity);
  grant.url = url_of(request);
  return grant;
}

void S3Requests::send(Call call, Done done) {
  attempt(std::move(call), Attempt::first, std::move(done));
}

void S3Requests::attempt(Call call, Attempt which, Done done) {
  auto request = request_of(call.method, call.key);
  request.query = call.query;
  request.headers.insert(request.headers.end(), call.headers.begin(), call.headers.end());
  const auto added = aws::sigv4::sign_headers(request, credentials_, {config_.region, "s3"},
                                              crypto::to_hex(crypto::sha256("")),
                                              store_clock_.correct(loop_.clock().wall()));

  http::ClientRequest http;
  http.method = call.method;
  http.url = url_of(request);
  // Host comes from the URL, which holds what was signed.
  http.headers = call.headers;
  http.headers.insert(http.headers.end(), added.begin(), added.end());
  http.deadline = call.deadline;
  http.answer_limit = call.answer_limit;
  transport_(std::move(http),
             [weak = weak_from_this(), call = std::move(call), which, skew = store_clock_.skew(),
              done = std::move(done)](Result<http::Response> answer) mutable {
               const auto self = weak.lock();
               if (!self) return;
               if (!answer) return done(answer.error().within(self->name()));
               if (which == Attempt::first && answer->status == 403 &&
                   self->store_clock_.learn(*answer, self->loop_.clock().wall(), skew)) {
                 return self->attempt(std::move(call), Attempt::corrected, std::move(done));
               }
               done(std::move(answer));
             });
}

}  // namespace edgeherd::archive
