// Protection: one safeguard with a name, so that a test can prove that it is needed.
//
// In ordinary builds it is always on and costs nothing. A build with the CMake option
// EDGEHERD_MUTANTS registers the name of every Protection at static initialisation and lets one at
// a time be switched off: the simulator must then find a promise broken (tests/sim).
//
// Define each one at namespace scope in the .cc file that asks it: a static library drops objects
// that nobody refers to, and with them their names. Thread: switch before other threads start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace edgeherd {

#if defined(EDGEHERD_MUTANTS)

class Protection {
 public:
  // "<group>.<name>", as in "check.inventory_sound". No two may have the same.
  Protection(std::string_view group, std::string_view name);
  Protection(const Protection&) = delete;
  Protection& operator=(const Protection&) = delete;
  ~Protection();

  [[nodiscard]] bool on() const { return on_; }

  // The names of all that this program has, in order.
  [[nodiscard]] static std::vector<std::string> all();
  enum class Found { yes, no };
  static Found switch_off(std::string_view full_name);
  static void switch_on_all();

 private:
  std::string name_;
  mutable bool on_ = true;  // the objects themselves are constants
};

#else

class Protection {
 public:
  constexpr Protection(std::string_view, std::string_view) noexcept {}
  Protection(const Protection&) = delete;
  Protection& operator=(const Protection&) = delete;

  [[nodiscard]] static constexpr bool on() { return true; }
};

#endif

}  // namespace edgeherd
