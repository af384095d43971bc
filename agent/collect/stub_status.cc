#include "agent/collect/stub_status.h"

#include <algorithm>
#include <utility>

#include "agent/collect/proc_parse.h"

namespace edgeherd::agent {

StubStatusCollector::StubStatusCollector(Prober& prober, const Clock& clock, std::string url)
    : prober_(prober), clock_(clock), url_(std::move(url)) {}

StubStatusCollector::~StubStatusCollector() = default;

void StubStatusCollector::collect(MonoTime now, Reading& reading) {
  if (newest_ && now - newest_->at <= fresh) {
    StubStatus status;
    status.active_connections = active_connections_;
    // Probes are taken off as they are sent, a moment before nginx counts them.
    const auto total = requests_.total();
    status.requests_total = total - std::min(total, probes_.total());
    if (const auto rate = requests_.per_second()) {
      status.requests_per_s = std::max(0.0, *rate - probes_.per_second().value_or(0));
    }
    reading.stub_status = status;
  }
  if (asking_) return;
  asking_ = true;
  prober_.get(url_, deadline, lifetime_.bind([this](const Result<http::Response>& answer) {
    asking_ = false;
    take(answer);
  }));
}

void StubStatusCollector::take(const Result<http::Response>& answer) {
  if (!answer) {
    trouble_ = answer.error().message;
    return;
  }
  const auto page = answer->status == 200 ? parse_stub_status(answer->body) : std::nullopt;
  if (!page) {
    trouble_ = url_ + ": answered " + std::to_string(answer->status) + ", no stub_status page";
    return;
  }
  trouble_.clear();
  const auto now = clock_.mono();
  requests_.feed(now, page->requests);
  probes_.feed(now, prober_.sent());
  active_connections_ = page->active;
  const auto busy = page->reading + page->writing;
  newest_ = StubAnswer{now, clock_.wall(), page->requests, busy - std::min<std::uint64_t>(busy, 1),
                       prober_.sent()};
}

}  // namespace edgeherd::agent
