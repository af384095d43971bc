#include "common/archive/file_endpoint.h"

#include <cassert>

#include "common/archive/put_grant.h"
#include "common/crypto/digest.h"

namespace edgeherd::archive {

struct FileArchiveEndpoint::Shared {
  std::shared_ptr<FileStore> store;
  std::string secret;
  std::function<void(const Error&)> on_failure;

  // The grant, or the refusal.
  [[nodiscard]] std::variant<PutSpec, http::Response> grant_of(const http::Request& request,
                                                               WallTime now) const;
  [[nodiscard]] http::Response handle(const http::Request& request, WallTime now) const;
  [[nodiscard]] http::Response answer_failure(const Error& error) const;
};

namespace {

http::Response say(int status, const std::string& text) {
  return http::text_response(status, text + "\n");
}

Status check_body(const std::string& body, const Expected& object) {
  if (body.size() != object.bytes) {
    return fail(Errc::invalid, "the body has " + std::to_string(body.size()) +
                                   " bytes, granted were " + std::to_string(object.bytes));
  }
  if (crypto::to_hex(crypto::sha256(body)) != object.sha256_hex) {
    return fail(Errc::invalid, "the body's sha256 is not the granted one");
  }
  if (crypto::to_base64(crypto::md5(body)) != object.md5_base64) {
    return fail(Errc::invalid, "the body's md5 is not the granted Content-MD5");
  }
  return {};
}

}  // namespace

FileArchiveEndpoint::FileArchiveEndpoint(std::shared_ptr<FileStore> store, std::string secret,
                                         std::function<void(const Error&)> on_failure)
    : shared_(std::make_shared<Shared>(
          Shared{std::move(store), std::move(secret), std::move(on_failure)})) {
  assert(shared_->secret.size() >= min_secret_bytes);
}

http::Response FileArchiveEndpoint::Shared::answer_failure(const Error& error) const {
  if (error.code == Errc::conflict) return say(412, "there is an object of this key");
  if (error.code == Errc::invalid) return say(400, error.message);
  if (on_failure) on_failure(error);
  if (error.code == Errc::exhausted) return say(507, "the archive's disk is full");
  return say(500, "the archive's disk failed");
}

std::variant<PutSpec, http::Response> FileArchiveEndpoint::Shared::grant_of(
    const http::Request& request, WallTime now) const {
  if (request.method != "PUT") {
    auto response = say(405, "objects are only PUT here");
    response.headers.emplace_back("Allow", "PUT");
    return response;
  }
  auto granted = check_file_put(request, secret, now);
  if (!granted) return say(403, granted.error().message);
  return std::move(*granted);
}

http::Response FileArchiveEndpoint::Shared::handle(const http::Request& request,
                                                   WallTime now) const {
  auto right = grant_of(request, now);
  if (auto* refusal = std::get_if<http::Response>(&right)) return std::move(*refusal);
  const auto* granted = std::get_if<PutSpec>(&right);
  if (auto good = check_body(request.body, granted->object); !good) {
    return say(400, good.error().message);
  }
  if (auto put = store->put(granted->key, request.body, granted->overwrite); !put) {
    return answer_failure(put.error());
  }
  return say(200, "stored");
}

http::BodyRight FileArchiveEndpoint::judge(const http::Request& head, WallTime now) const {
  auto right = shared_->grant_of(head, now);
  if (auto* refusal = std::get_if<http::Response>(&right)) return std::move(*refusal);
  return static_cast<std::size_t>(std::get<PutSpec>(right).object.bytes);
}

http::Response FileArchiveEndpoint::handle(const http::Request& request, WallTime now) const {
  return shared_->handle(request, now);
}

void FileArchiveEndpoint::handle_on(Worker& worker, http::Request request, WallTime now,
                                    std::function<void(http::Response)> reply) const {
  auto response = std::make_shared<http::Response>();
  // Gone before the answer is: the server counts its body until then.
  auto body = std::make_shared<http::Request>(std::move(request));
  worker.run(
      [shared = shared_, body, now, response] {
        *response = shared->handle(*body, now);
        *body = http::Request();
      },
      [response, reply = std::move(reply)] { reply(std::move(*response)); });
}

}  // namespace edgeherd::archive
