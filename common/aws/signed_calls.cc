#include "common/aws/signed_calls.h"

#include <utility>

#include "common/crypto/digest.h"

namespace edgeherd::aws {

SignedCalls::SignedCalls(std::string endpoint, sigv4::Scope scope,
                         std::shared_ptr<CredentialSource> source, EventLoop& loop,
                         http::Transport transport)
    : endpoint_(std::move(endpoint)),
      scope_(std::move(scope)),
      source_(std::move(source)),
      loop_(loop),
      transport_(std::move(transport)) {}

void SignedCalls::send(Call call, Done done) {
  attempt(std::move(call), Attempt::first, std::move(done));
}

void SignedCalls::attempt(Call call, Attempt which, Done done) {
  source_->get([weak = weak_from_this(), call = std::move(call), which,
                done = std::move(done)](Result<Credentials> credentials) mutable {
    const auto self = weak.lock();
    if (!self) return;
    if (!credentials) return done(credentials.error());
    self->send_signed(std::move(call), which, *credentials, std::move(done));
  });
}

bool SignedCalls::in_time(const Call& call) const {
  return !call.begin_by || loop_.clock().mono() < *call.begin_by;
}

void SignedCalls::send_signed(Call call, Attempt which, const Credentials& credentials, Done done) {
  if (!in_time(call)) {
    return done(fail(Errc::throttled, "never sent: its turn came when the time for it was over"));
  }
  sigv4::Request request{call.method, call.path, call.query, call.headers};
  request.headers.emplace_back("Host", endpoint_.substr(endpoint_.find("://") + 3));
  const auto added =
      sigv4::sign_headers(request, credentials, scope_, crypto::to_hex(crypto::sha256(call.body)),
                          clock_.correct(loop_.clock().wall()));
  http::ClientRequest http;
  http.method = call.method;
  http.url = endpoint_ + http::percent_encode(call.path, http::Slash::keep);
  if (!call.query.empty()) http.url += "?" + sigv4::query_string(call.query);
  http.headers = call.headers;
  http.headers.insert(http.headers.end(), added.begin(), added.end());
  http.body = call.body;
  http.deadline = call.deadline;
  http.answer_limit = call.answer_limit;
  transport_(std::move(http),
             [weak = weak_from_this(), call = std::move(call), which, used = credentials,
              skew = clock_.skew(), done = std::move(done)](Result<http::Response> answer) mutable {
               const auto self = weak.lock();
               if (!self) return;
               if (answer && which == Attempt::first && self->may_help(*answer, used, skew) &&
                   self->in_time(call)) {
                 return self->attempt(std::move(call), Attempt::last, std::move(done));
               }
               done(std::move(answer));
             });
}

// Services say that time or credentials are wrong with 400, 401 or 403.
bool SignedCalls::may_help(const http::Response& answer, const Credentials& used, Duration skew) {
  if (answer.status != 400 && answer.status != 401 && answer.status != 403) return false;
  if (clock_.learn(answer, loop_.clock().wall(), skew)) return true;
  const bool expired = answer.body.find("Expired") != std::string::npos;
  if (answer.status == 400 && !expired) return false;
  return source_->refused(used) == Renewal::possible;
}

}  // namespace edgeherd::aws
