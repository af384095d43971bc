// Enums as text, so that a snapshot outlives a change of their order. Private to this room.
#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

#include "coordinator/decide/plan.h"
#include "coordinator/model/node.h"
#include "coordinator/model/policy.h"

namespace edgeherd::evidence::detail {

template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) {
  { to_string(value) } -> std::convertible_to<std::string_view>;
};

// The last enumerator. Those without names are only ever appended to.
template <class T>
inline constexpr T last_of{};
template <>
inline constexpr auto last_of<model::Origin> = model::Origin::adopted;
template <>
inline constexpr auto last_of<model::Call> = model::Call::check_archive;
template <>
inline constexpr auto last_of<model::Power> = model::Power::unknown;
template <>
inline constexpr auto last_of<model::ZoneActivity> = model::ZoneActivity::inactive;
template <>
inline constexpr auto last_of<model::FlushFailure> = model::FlushFailure::terminate;
template <>
inline constexpr auto last_of<model::NodeState> = model::NodeState::gone;
template <>
inline constexpr auto last_of<model::Cause> = model::Cause::duplicate;
template <>
inline constexpr auto last_of<model::Direction> = model::Direction::down;
template <>
inline constexpr auto last_of<model::Verdict> = model::Verdict::unknown;

// The enumerator of that name. Those of coordinator/decide end where the names do.
template <class T>
[[nodiscard]] std::optional<T> named(std::string_view text) {
  constexpr bool is_decides =
      std::is_same_v<T, decide::ActionKind> || std::is_same_v<T, decide::Brake>;
  for (int i = 0; is_decides || i <= static_cast<int>(last_of<T>); ++i) {
    const std::string_view name = to_string(static_cast<T>(i));
    if (is_decides && name == "unknown") break;
    if (name == text) return static_cast<T>(i);
  }
  return std::nullopt;
}

}  // namespace edgeherd::evidence::detail
