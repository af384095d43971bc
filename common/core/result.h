// Result<T>: how a fallible function answers across modules. Exceptions stay inside a module.
//
// Thread: a value type; no shared state.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace edgeherd {

// What a caller may do about a failure. The names are part of logs and of the API.
enum class Errc {
  invalid,       // the input is wrong; trying again changes nothing
  not_found,     // the thing asked for does not exist
  conflict,      // it exists already, or in another state than the caller believed
  refused,       // the peer understood and said no (credentials, permission, policy)
  throttled,     // the peer asks for fewer requests; try later
  out_of_stock,  // the provider has no capacity or quota there; try elsewhere
  unavailable,   // the peer cannot be reached or answered with a failure of its own; try again
  timeout,       // no answer in time: the request may or may not have had its effect
  broken,        // the answer cannot be understood, or contradicts itself
  exhausted,     // a limit of ours is reached (queue, size, disk)
  internal,      // a defect of ours
};

[[nodiscard]] std::string_view to_string(Errc code);
// Whether a peer that answered so has done nothing of what it was asked: it said no first. After
// all other failures it may have.
[[nodiscard]] bool surely_not_done(Errc code);

struct Error {
  Errc code = Errc::internal;
  // One line, names the file, field or peer; no trailing stop. Made by fail() it is UTF-8, whatever
  // a peer answered: it is written down, and shown.
  std::string message;

  // "message" in front of what was said before: "reading /x: permission denied".
  [[nodiscard]] Error within(std::string_view context) const;
};
[[nodiscard]] std::string to_string(const Error& error);  // "throttled: the message"

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Asking for the wrong half is a defect and stops the program.
  [[nodiscard]] T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    assert(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

// A result that carries nothing but success or an error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  [[nodiscard]] bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

[[nodiscard]] Error fail(Errc code, std::string message);

}  // namespace edgeherd
