// Trouble that goes on: what people are told of it, and when. Not so often that nobody looks any
// more, and not so seldom that a new cause goes unseen.
//
// Value; pure. Not durable: after a restart trouble is told anew.
#pragma once

#include <optional>
#include <string>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::model {

// "40 s", "12 min", "3 h 5 min".
[[nodiscard]] std::string words_of(Duration duration);

class Trouble {
 public:
  // It is over when it was not seen again for so long: what fails every other time is one trouble.
  static constexpr Duration calm = 1min;
  // Another kind of error is told at once; the same kind in other words (they may count something)
  // after so long.
  static constexpr Duration retold_after = 10min;

  // What is to be told: "" if nothing is; else the cause, and from the second time on since when.
  [[nodiscard]] std::string seen(const Error& cause, MonoTime now);
  // Likewise of a success: how long it lasted, once it is over.
  [[nodiscard]] std::optional<Duration> not_seen(MonoTime now);
  bool operator==(const Trouble&) const = default;

 private:
  std::optional<MonoTime> since_;       // none: no trouble
  std::optional<MonoTime> good_since_;  // it may be over
  Errc code_{};                         // as it was told last, as the next two
  std::string message_;
  MonoTime told_at_{};
};

}  // namespace edgeherd::model
