#include <deque>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "common/aws/credential_source.h"
#include "common/aws/instance_metadata.h"
#include "common/core/utc.h"

namespace edgeherd::aws {

namespace json = boost::json;

namespace {

constexpr Duration renew_before = 5min;
constexpr Duration renew_at_most_every = 1min;
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
      : loop_(loop),
        metadata_(InstanceMetadata::make(std::move(endpoint), loop, std::move(transport))) {}

  void get(Done done) override {
    if (is_good_for(renew_before) || (is_good_for({}) && was_asked_just_now())) {
      loop_.post([weak = weak_from_this(), done = std::move(done), found = kept_->credentials] {
        if (!weak.expired()) done(found);
      });
      return;
    }
    waiting_.push_back(std::move(done));
    if (waiting_.size() == 1) ask_for_role();
  }

  Renewal refused(const Credentials& credentials) override {
    if (kept_ && kept_->credentials.secret_access_key != credentials.secret_access_key) {
      return Renewal::possible;
    }
    if (was_asked_just_now()) return Renewal::pointless;
    kept_.reset();
    return Renewal::possible;
  }

 private:
  using Step = void (RoleSource::*)(std::string body);

  [[nodiscard]] bool is_good_for(Duration time) const {
    return kept_ && loop_.clock().wall() + time < kept_->expires;
  }
  [[nodiscard]] bool was_asked_just_now() const {
    return asked_at_ && loop_.clock().mono() < *asked_at_ + renew_at_most_every;
  }

  void ask_for_role() {
    asked_at_ = loop_.clock().mono();
    ask(std::string(roles_path), &RoleSource::ask_for_credentials);
  }

  void ask_for_credentials(std::string roles) {
    const std::string role = roles.substr(0, roles.find('\n'));
    if (!is_role_name(role)) return end_without_role();
    ask(std::string(roles_path) + role, &RoleSource::take);
  }

  void take(std::string text) {
    auto parsed = parse_role_credentials(text);
    if (!parsed) {
      return end(parsed.error().within("instance metadata at " + metadata_->endpoint()));
    }
    kept_ = std::move(*parsed);
    end(kept_->credentials);
  }

  void ask(std::string path, Step next) {
    metadata_->get(std::move(path), longest_answer,
                   [weak = weak_from_this(), next](Result<std::string> answer) {
                     const auto self = weak.lock();
                     if (!self) return;
                     if (answer) return ((*self).*next)(std::move(*answer));
                     if (answer.error().code == Errc::not_found) return self->end_without_role();
                     self->end(answer.error());
                   });
  }

  void end_without_role() {
    end(fail(Errc::unavailable,
             "instance metadata at " + metadata_->endpoint() + ": the instance has no role"));
  }

  void end(Result<Credentials> result) {
    // A service that fails takes nothing away from what we have.
    if (!result && is_good_for({})) result = kept_->credentials;
    std::deque<Done> waiting;
    waiting.swap(waiting_);
    for (const Done& done : waiting) done(result);
  }

  EventLoop& loop_;
  const std::shared_ptr<InstanceMetadata> metadata_;
  std::optional<RoleCredentials> kept_;
  std::optional<MonoTime> asked_at_;
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
