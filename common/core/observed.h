// Observed<T>: a fact with its age. A failure never becomes a zero or an empty list.
#pragma once

#include <utility>
#include <variant>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd {

template <class T>
class Observed {
 public:
  // Nothing is known yet, or the source says that there is no such thing.
  Observed() = default;

  static Observed of(T value, MonoTime at) {
    return Observed(State(std::in_place_index<1>, std::move(value)), at);
  }
  static Observed failed(Error error, MonoTime at) {
    return Observed(State(std::in_place_index<2>, std::move(error)), at);
  }

  [[nodiscard]] bool absent() const { return state_.index() == 0; }
  [[nodiscard]] const T* value() const { return std::get_if<1>(&state_); }
  [[nodiscard]] const Error* error() const { return std::get_if<2>(&state_); }
  // When the source was asked, on our clock. Meaningless while absent.
  [[nodiscard]] MonoTime at() const { return at_; }

  // The value if it is there and no older than `limit`, else null.
  [[nodiscard]] const T* fresh(MonoTime now, Duration limit) const {
    return value() != nullptr && now - at_ <= limit ? value() : nullptr;
  }

 private:
  using State = std::variant<std::monostate, T, Error>;
  Observed(State state, MonoTime at) : state_(std::move(state)), at_(at) {}

  State state_;
  MonoTime at_{};
};

}  // namespace edgeherd
