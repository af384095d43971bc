// DnsRequest: the one request to the DNS service that is under way, whoever made it.
//
// A request may take several steps, each with a time of its own. What answers a step after the
// request has ended is not heard. Thread: the loop's. Owner: Names; the loop outlives it.
#pragma once

#include <functional>
#include <utility>

#include "common/core/event_loop.h"
#include "common/core/lifetime.h"

namespace edgeherd::act {

class DnsRequest {
 public:
  static constexpr Duration answer_deadline = 30s;

  explicit DnsRequest(EventLoop& loop) : loop_(loop) {}
  ~DnsRequest() { loop_.cancel(deadline_); }
  DnsRequest(const DnsRequest&) = delete;
  DnsRequest& operator=(const DnsRequest&) = delete;

  [[nodiscard]] bool is_under_way() const { return under_way_; }

  // Begins one; `late` is called if it has not ended by its deadline.
  void begin(std::function<void()> late) {
    lifetime_.renew();
    under_way_ = true;
    allow_time(std::move(late));
  }
  // A new deadline for the next step of the one under way.
  void allow_time(std::function<void()> late) {
    loop_.cancel(deadline_);
    deadline_ = loop_.after(answer_deadline, lifetime_.bind(std::move(late)));
  }
  // What is to be done with the answer to a step of the one under way.
  template <class Work>
  [[nodiscard]] auto on_answer(Work work) const {
    return lifetime_.bind(std::move(work));
  }
  void end() {
    lifetime_.renew();
    under_way_ = false;
    loop_.cancel(deadline_);
  }

 private:
  EventLoop& loop_;
  bool under_way_ = false;
  TimerId deadline_ = TimerId::none;
  Lifetime lifetime_;
};

}  // namespace edgeherd::act
