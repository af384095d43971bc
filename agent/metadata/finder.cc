#include "agent/metadata/finder.h"

#include <utility>

namespace edgeherd::agent::metadata {

namespace {

constexpr Duration first_wait = 500ms;
constexpr Duration longest_wait = 15s;

}  // namespace

Finder::Finder(const std::vector<Cloud>& clouds, const std::string& endpoint, FinderSeams seams)
    : seams_(std::move(seams)), backoff_(first_wait, longest_wait) {
  for (const Cloud cloud : clouds) {
    services_.push_back(make_service(cloud, endpoint, seams_.loop, seams_.transport));
  }
}

Finder::~Finder() {
  seams_.loop.cancel(timer_);
}

void Finder::start(OnFound found, OnFailed failed) {
  on_found_ = std::move(found);
  on_failed_ = std::move(failed);
  timer_ = seams_.loop.after(Duration{0}, [this] { ask(0); });
}

void Finder::ask_again() {
  failures_.clear();
  timer_ = seams_.loop.after(backoff_.next(seams_.random), [this] { ask(0); });
}

void Finder::ask(std::size_t number) {
  services_[number]->ask([this, number](Result<Found> found) {
    if (found) return on_found_(std::move(*found));
    if (!failures_.empty()) failures_ += "; ";
    failures_ += found.error().message;
    if (number + 1 < services_.size()) return ask(number + 1);
    const Error error{found.error().code, failures_};
    ask_again();
    on_failed_(error);
  });
}

}  // namespace edgeherd::agent::metadata
