#include "coordinator/model/trouble.h"

#include <utility>

namespace edgeherd::model {

std::string words_of(Duration duration) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration);
  if (whole < 2min) return std::to_string(whole / 1s) + " s";
  if (whole < 1h) return std::to_string(whole / 1min) + " min";
  return std::to_string(whole / 1h) + " h " + std::to_string(whole % 1h / 1min) + " min";
}

std::string Trouble::seen(const Error& cause, MonoTime now) {
  good_since_.reset();
  const bool first = !since_;
  const bool other_words = cause.message != message_ && now - told_at_ >= retold_after;
  if (!first && cause.code == code_ && !other_words) return "";
  if (first) since_ = now;
  code_ = cause.code;
  message_ = cause.message;
  told_at_ = now;
  return first ? message_ : message_ + " (for " + words_of(now - *since_) + ", now of this cause)";
}

std::optional<Duration> Trouble::not_seen(MonoTime now) {
  if (!since_) return std::nullopt;
  if (!good_since_) good_since_ = now;
  if (now - *good_since_ < calm) return std::nullopt;
  const Duration lasted = *good_since_ - *since_;
  *this = Trouble();
  return lasted;
}

}  // namespace edgeherd::model
