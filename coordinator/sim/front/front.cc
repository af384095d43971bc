#include "coordinator/sim/front/front.h"

#include <algorithm>
#include <utility>

namespace edgeherd::sim {

void Meter::count(MonoTime now) {
  while (!newest_.empty() && now - newest_.front() >= 1h) newest_.pop_front();
  newest_.push_back(now);
  ++requests_;
  most_in_hour_ = std::max(most_in_hour_, newest_.size());
  most_in_minute_ = std::max(most_in_minute_, last_minute());
}

std::size_t Meter::last_minute() const {
  if (newest_.empty()) return 0;
  const auto first = std::upper_bound(newest_.begin(), newest_.end(), newest_.back() - 1min);
  return static_cast<std::size_t>(newest_.end() - first);
}

MonoTime Meter::next_forgotten() const {
  return newest_.empty() ? MonoTime{} : newest_.front() + 1h;
}

http::Transport within_deadline(EventLoop& process, Serve serve) {
  return
      [&process, serve = std::move(serve)](http::ClientRequest request, http::Client::Done done) {
        const auto waiting = std::make_shared<http::Client::Done>(std::move(done));
        const auto finish = [waiting](const Result<http::Response>& answer) {
          if (const auto answered = std::exchange(*waiting, nullptr)) answered(answer);
        };
        const TimerId late = process.after(request.deadline, [finish] {
          finish(fail(Errc::timeout, "no answer within the deadline"));
        });
        serve(request, [&process, late, finish](const http::Response& answer) {
          process.cancel(late);
          process.post([finish, answer] { finish(answer); });
        });
      };
}

}  // namespace edgeherd::sim
