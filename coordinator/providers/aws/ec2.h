// EC2 of one region, as one account uses it: every call within its rate, signed, and its refusal
// sorted.
//
// Thread: the loop's. `done` is called exactly once, never inline, and not at all once the Ec2 is
// gone. Nothing is repeated here, but for what SignedCalls does. A request that could not be sent
// in time is never sent: `throttled`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/aws/budget.h"
#include "common/aws/signed_calls.h"
#include "coordinator/providers/aws/answers.h"
#include "coordinator/providers/aws/requests.h"

namespace edgeherd::aws {

class Ec2 {
 public:
  // The body of a 200, or why there is none. The code is empty when it was not EC2 that said it.
  struct Answer {
    std::string body;
    std::optional<Refusal> refusal;
  };
  using Done = std::function<void(Answer)>;

  Ec2(const Region& region, const Options& options, std::shared_ptr<CredentialSource> source,
      EventLoop& loop, http::Transport transport);

  // For a call of several requests that begins now: none of them is sent at this time or later.
  [[nodiscard]] MonoTime begin_by() const;
  // Of a call of its own.
  void ask(const std::string& action, const Parameters& parameters, Done done);
  void ask(const std::string& action, const Parameters& parameters, MonoTime begin_by, Done done);
  [[nodiscard]] const Region& region() const { return region_; }

 private:
  void take(const std::string& action, Result<http::Response> response, const Done& done);

  const Region region_;
  const Duration timeout_;
  const double share_;
  EventLoop& loop_;
  std::shared_ptr<SignedCalls> calls_;
  std::map<std::string, std::unique_ptr<Budget>> budgets_;  // by action
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace edgeherd::aws
