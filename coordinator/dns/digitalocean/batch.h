// Makes requests that do not depend on each other, a few at a time. Inside this room only.
//
// The first failure ends it: no further request is begun, those under way are waited for, and the
// failure is the result. Thread: the loop's; the Api outlives it, or drops it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/providers/digitalocean/api.h"

namespace edgeherd::dns {

class Batch : public std::enable_shared_from_this<Batch> {
 public:
  using Done = std::function<void(Status)>;
  static constexpr std::size_t at_once = 8;

  // `done` is called inline when there is nothing to do.
  static void run(digitalocean::Api& api, const budget::Call& call,
                  std::vector<digitalocean::ApiRequest> requests, Done done) {
    auto batch = std::make_shared<Batch>(api, call, std::move(requests), std::move(done));
    batch->go_on();
  }

  Batch(digitalocean::Api& api, const budget::Call& call,
        std::vector<digitalocean::ApiRequest> requests, Done done)
      : api_(api), call_(call), requests_(std::move(requests)), done_(std::move(done)) {}

 private:
  void go_on() {
    while (!failed_ && next_ < requests_.size() && under_way_ < at_once) {
      const bool removes = requests_[next_].method == "DELETE";
      ++under_way_;
      api_.send(call_, std::move(requests_[next_++]),
                [self = shared_from_this(), removes](const Result<std::string>& answer) {
                  self->ended(answer, removes);
                });
    }
    if (under_way_ > 0) return;
    done_(failed_ ? Status(*failed_) : Status());
  }

  void ended(const Result<std::string>& answer, bool removes) {
    --under_way_;
    // What is gone already was to go.
    const bool gone = removes && !answer && answer.error().code == Errc::not_found;
    if (!answer && !gone && !failed_) failed_ = answer.error();
    go_on();
  }

  digitalocean::Api& api_;
  budget::Call call_;
  std::vector<digitalocean::ApiRequest> requests_;
  Done done_;
  std::optional<Error> failed_;
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace edgeherd::dns
