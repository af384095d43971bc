#include <deque>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "common/aws/credential_source.h"
#include "common/core/utc.h"

namespace edgeherd::aws {

namespace json = boost::json;

namespace {

constexpr Duration renew_before = 5min;
constexpr Duration renew_at_most_every = 1min;
constexpr Duration patience = 5s;  // the service is on the host: it answers at once, or not at all
constexpr std::size_t longest_answer = 64 * 1024;
constexpr std::string_view roles_path = "/latest/meta-data/iam/security-credentials/";

bool is_role_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "+=,.@_-") == std::string_view::npos;
}

class RoleSource final : public CredentialSource, public std::enable_shared_from_this<RoleSource> {
 public:
  RoleSource(std::string endpoint, EventLoop& loop, http::Transport transport)
      : endpoint_(std::move(endpoint)), loop_(loop), transport_(std::move(transport)) {}

  void get(Done done) override {
    if (kept_ && loop_.clock().wall() + renew_before < kept_->expires) {
      loop_.post([weak = weak_from_this(), done = std::move(done), found = kept_->credentials] {
        if (!weak.expired()) done(found);
      });
      return;
    }
    waiting_.push_back(std::move(done));
    if (waiting_.size() == 1) ask_for_token();
  }

  Renewal refused(const Credentials& credentials) override {
    if (kept_ && kept_->credentials.secret_access_key != credentials.secret_access_key) {
      return Renewal::possible;
    }
    if (asked_at_ && loop_.clock().mono() < *asked_at_ + renew_at_most_every) {
      return Renewal::pointless;
    }
    kept_.reset();
    return Renewal::possible;
  }

 private:
  using Step = void (RoleSource::*)(std::string body);

  void ask_for_token() {
    asked_at_ = loop_.clock().mono();
    ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "60"}},
        &RoleSource::ask_for_role);
  }

  void ask_for_role(std::string token) {
    if (token.empty() || !http::is_header_value(token)) return fail_all("no session token");
    token_ = std::move(token);
    ask("GET", std::string(roles_path), {{"X-aws-ec2-metadata-token", token_}},
        &RoleSource::ask_for_credentials);
  }

  void ask_for_credentials(std::string roles) {
    const std::string role = roles.substr(0, roles.find('\n'));
    if (!is_role_name(role)) return fail_all("the instance has no role");
    ask("GET", std::string(roles_path) + role, {{"X-aws-ec2-metadata-token", token_}},
        &RoleSource::take);
  }

  void take(std::string text) {
    auto parsed = parse_role_credentials(text);
    if (!parsed) return end(parsed.error());
    kept_ = std::move(*parsed);
    end(kept_->credentials);
  }

  void ask(const std::string& method, const std::string& path, http::Headers headers, Step next) {
    http::ClientRequest request;
    request.method = method;
    request.url = endpoint_ + path;
    request.headers = std::move(headers);
    request.deadline = patience;
    request.answer_limit = longest_answer;
    transport_(std::move(request), [weak = weak_from_this(), next](Result<http::Response> answer) {
      const auto self = weak.lock();
      if (!self) return;
      if (!answer) return self->end(answer.error());
      if (answer->status == 404) return self->fail_all("the instance has no role");
      if (answer->status != 200) {
        return self->fail_all("it answered " + std::to_string(answer->status));
      }
      ((*self).*next)(std::move(answer->body));
    });
  }

  void fail_all(const std::string& why) { end(fail(Errc::unavailable, why)); }

  void end(Result<Credentials> result) {
    token_.clear();
    if (!result) result = result.error().within("instance metadata at " + endpoint_);
    std::deque<Done> waiting;
    waiting.swap(waiting_);
    for (const Done& done : waiting) done(result);
  }

  const std::string endpoint_;
  EventLoop& loop_;
  const http::Transport transport_;
  std::optional<RoleCredentials> kept_;
  std::optional<MonoTime> asked_at_;
  std::string token_;
  std::deque<Done> waiting_;
};

}  // namespace

Result<RoleCredentials> parse_role_credentials(std::string_view text) {
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !value.is_object()) {
    return fail(Errc::broken, "the role's credentials are no JSON object");
  }
  std::string wrong;
  const auto word = [&](const char* key) {
    const json::value* found = value.get_object().if_contains(key);
    if (found != nullptr && found->is_string() && !found->get_string().empty() &&
        http::is_header_value(found->get_string())) {
      return std::string(found->get_string());
    }
    if (wrong.empty()) wrong = key;
    return std::string();
  };
  RoleCredentials role;
  role.credentials = {word("AccessKeyId"), word("SecretAccessKey"), word("Token")};
  const auto expires = parse_utc(word("Expiration"));
  if (wrong.empty() && !expires) wrong = "Expiration";
  if (!wrong.empty()) {
    return fail(Errc::broken, "the role's credentials: " + wrong + " is missing or wrong");
  }
  role.expires = *expires;
  return role;
}

std::shared_ptr<CredentialSource> make_role_credentials(std::string endpoint, EventLoop& loop,
                                                        http::Transport transport) {
  return std::make_shared<RoleSource>(std::move(endpoint), loop, std::move(transport));
}

}  // namespace edgeherd::aws
