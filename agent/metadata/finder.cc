#include "agent/metadata/finder.h"

#include <utility>

namespace edgeherd::agent::metadata {

namespace {

constexpr Duration first_wait = 500ms;
constexpr Duration longest_wait = 15s;
constexpr Duration patience = 30s;

}  // namespace

Finder::Finder(const std::vector<Cloud>& clouds, const std::string& endpoint, FinderSeams seams)
    : seams_(std::move(seams)), backoff_(first_wait, longest_wait) {
  for (const Cloud cloud : clouds) {
    services_.push_back(make_service(cloud, endpoint, seams_.loop, seams_.transport));
  }
}

Finder::~Finder() {
  seams_.loop.cancel(timer_);
  seams_.loop.cancel(patience_);
}

void Finder::start(OnFound found, OnFailed failed, std::optional<Found> remembered) {
  on_found_ = std::move(found);
  on_failed_ = std::move(failed);
  remembered_ = std::move(remembered);
  timer_ = seams_.loop.after(Duration{0}, [this] { ask(0); });
  if (remembered_) patience_ = seams_.loop.after(patience, [this] { give_remembered(); });
}

void Finder::ask_again() {
  failures_.clear();
  ++round_;
  seams_.loop.cancel(timer_);
  timer_ = seams_.loop.after(backoff_.next(seams_.random), [this] { ask(0); });
}

void Finder::ask(std::size_t number) {
  services_[number]->ask([this, number, round = round_](Result<Found> found) {
    if (round != round_) return;
    if (found) {
      seams_.loop.cancel(patience_);
      return on_found_(std::move(*found));
    }
    if (!failures_.empty()) failures_ += "; ";
    failures_ += found.error().message;
    if (number + 1 < services_.size()) return ask(number + 1);
    const Error error{found.error().code, failures_};
    ask_again();
    on_failed_(error);
  });
}

void Finder::give_remembered() {
  ++round_;
  seams_.loop.cancel(timer_);
  on_found_(*std::exchange(remembered_, std::nullopt));
}

}  // namespace edgeherd::agent::metadata
