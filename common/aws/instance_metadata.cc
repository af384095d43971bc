#include "common/aws/instance_metadata.h"

#include <utility>

namespace edgeherd::aws {

namespace {

constexpr Duration patience = 5s;   // the service is on the host: it answers at once, or not at all
constexpr auto token_lives = "60";  // seconds; for the few questions that come together
constexpr Duration token_kept = 50s;
constexpr std::size_t longest_token = 4096;
constexpr std::string_view token_path = "/latest/api/token";

Errc code_of(int status) {
  if (status == 401 || status == 403) return Errc::refused;
  if (status == 404) return Errc::not_found;
  if (status == 429) return Errc::throttled;
  return status >= 500 ? Errc::unavailable : Errc::broken;
}

}  // namespace

InstanceMetadata::InstanceMetadata(std::string endpoint, EventLoop& loop, http::Transport transport)
    : endpoint_(std::move(endpoint)), loop_(loop), transport_(std::move(transport)) {}

std::shared_ptr<InstanceMetadata> InstanceMetadata::make(std::string endpoint, EventLoop& loop,
                                                         http::Transport transport) {
  return std::shared_ptr<InstanceMetadata>(
      new InstanceMetadata(std::move(endpoint), loop, std::move(transport)));
}

void InstanceMetadata::get(std::string path, std::size_t limit, Done done) {
  Question question{std::move(path), limit, std::move(done)};
  if (!token_.empty() && loop_.clock().mono() < token_until_) return ask(std::move(question));
  ask_for_token(std::move(question));
}

void InstanceMetadata::ask_for_token(Question question) {
  http::ClientRequest request;
  request.method = "PUT";
  request.url = endpoint_ + std::string(token_path);
  request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", token_lives}};
  request.deadline = patience;
  request.answer_limit = longest_token;
  const MonoTime asked_at = loop_.clock().mono();
  transport_(std::move(request), [weak = weak_from_this(), asked_at,
                                  question =
                                      std::move(question)](Result<http::Response> answer) mutable {
    const auto self = weak.lock();
    if (!self) return;
    if (!answer) return question.done(answer.error().within("instance metadata"));
    if (answer->status != 200) {
      Error error = self->failure("PUT", token_path, *answer);
      // Somebody else answers there, or an old imitation: nothing is known of the question itself.
      if (error.code == Errc::not_found) error.code = Errc::unavailable;
      return question.done(error);
    }
    if (answer->body.empty() || !http::is_header_value(answer->body)) {
      return question.done(self->named(Errc::broken, "PUT", token_path, "no session token came"));
    }
    self->token_ = std::move(answer->body);
    self->token_until_ = asked_at + token_kept;
    self->ask(std::move(question));
  });
}

void InstanceMetadata::ask(Question question) {
  http::ClientRequest request;
  request.url = endpoint_ + question.path;
  request.headers = {{"X-aws-ec2-metadata-token", token_}};
  request.deadline = patience;
  request.answer_limit = question.limit;
  transport_(std::move(request), [weak = weak_from_this(), question = std::move(question)](
                                     Result<http::Response> answer) mutable {
    if (const auto self = weak.lock()) self->take_answer(std::move(question), std::move(answer));
  });
}

void InstanceMetadata::take_answer(Question question, Result<http::Response> answer) {
  if (!answer) return question.done(answer.error().within("instance metadata"));
  if (answer->status == 401 && question.tokens_refused++ == 0) {
    token_.clear();
    return ask_for_token(std::move(question));
  }
  if (answer->status != 200) return question.done(failure("GET", question.path, *answer));
  question.done(std::move(answer->body));
}

Error InstanceMetadata::failure(std::string_view method, std::string_view path,
                                const http::Response& answer) const {
  std::string why = "it answered " + std::to_string(answer.status);
  if (answer.status >= 300 && answer.status < 400) why += ", a redirect, which is not followed";
  return named(code_of(answer.status), method, path, why);
}

// As http::Client words its own errors.
Error InstanceMetadata::named(Errc code, std::string_view method, std::string_view path,
                              const std::string& why) const {
  return fail(code, "instance metadata: " + std::string(method) + " " + endpoint_ +
                        std::string(path) + ": " + why);
}

}  // namespace edgeherd::aws
