#include "agent/collect/counter_rate.h"

namespace edgeherd::agent {
namespace {

constexpr std::uint64_t width32 = std::uint64_t{1} << 32;
constexpr std::uint64_t quarter32 = width32 / 4;

bool wrapped32(std::uint64_t from, std::uint64_t to) {
  return from < width32 && from >= width32 - quarter32 && to < quarter32;
}

}  // namespace

void CounterRate::feed(MonoTime now, std::uint64_t raw) {
  if (!primed_) {
    primed_ = true;
  } else if (raw >= last_) {
    growth_ = raw - last_;
  } else if (on_reset_ == OnReset::from_zero) {
    growth_ = raw;
  } else if (wrapped32(last_, raw)) {
    growth_ = raw + width32 - last_;
  } else {
    growth_.reset();
  }
  interval_ = now - last_at_;
  last_at_ = now;
  last_ = raw;
  total_ += growth_.value_or(0);
}

std::optional<double> CounterRate::per_second() const {
  if (!growth_ || interval_ <= Duration::zero()) return std::nullopt;
  return static_cast<double>(*growth_) / seconds(interval_);
}

}  // namespace edgeherd::agent
