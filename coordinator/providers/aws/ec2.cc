#include "coordinator/providers/aws/ec2.h"

#include <algorithm>
#include <utility>

#include "coordinator/providers/aws/rates.h"

namespace edgeherd::aws {

namespace {

// A request that would wait longer for its turn is not begun.
constexpr Duration longest_wait = 20s;
// After its begin no request of a call is sent any more: the coordinator gives it up after a
// minute, and may want something else by then.
constexpr Duration begin_within = 50s;

}  // namespace

Ec2::Ec2(const Region& region, const Options& options, std::shared_ptr<CredentialSource> source,
         EventLoop& loop, http::Transport transport)
    : region_(region),
      timeout_(options.timeout),
      share_(options.api_share),
      loop_(loop),
      calls_(std::make_shared<SignedCalls>(region.endpoint, sigv4::Scope{region.name, "ec2"},
                                           std::move(source), loop, std::move(transport))) {}

MonoTime Ec2::begin_by() const {
  return loop_.clock().mono() + begin_within;
}

void Ec2::ask(const std::string& action, const Parameters& parameters, Done done) {
  ask(action, parameters, begin_by(), std::move(done));
}

void Ec2::ask(const std::string& action, const Parameters& parameters, MonoTime begin_by,
              Done done) {
  auto& budget = budgets_[action];
  if (!budget) budget = std::make_unique<Budget>(loop_, rate_of(action, share_));
  SignedCalls::Call call;
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  call.body = form(action, parameters);
  call.deadline = timeout_;
  call.answer_limit = max_answer_bytes;
  call.begin_by = begin_by;
  const auto start = [this, action, call = std::move(call), done]() mutable {
    calls_->send(std::move(call), [this, alive = std::weak_ptr<int>(alive_), action,
                                   done](Result<http::Response> response) {
      if (!alive.expired()) take(action, std::move(response), done);
    });
  };
  const Duration most = std::min<Duration>(longest_wait, begin_by - loop_.clock().mono());
  if (budget->enter(most, start) == Entry::taken) return;
  loop_.post([alive = std::weak_ptr<int>(alive_), action, name = region_.name, done] {
    if (alive.expired()) return;
    done({{},
          Refusal{{},
                  fail(Errc::throttled,
                       name + ": " + action + ": too many calls wait for their turn already")}});
  });
}

void Ec2::take(const std::string& action, Result<http::Response> response, const Done& done) {
  const std::string context = region_.name + ": " + action;
  if (!response) return done({{}, Refusal{{}, response.error().within(context)}});
  if (response->status == 200) return done({std::move(response->body), std::nullopt});
  Refusal refusal = parse_refusal(response->status, response->body);
  refusal.error = refusal.error.within(context);
  if (refusal.error.code == Errc::throttled) budgets_.at(action)->exhausted();
  done({{}, std::move(refusal)});
}

}  // namespace edgeherd::aws
