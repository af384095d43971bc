// The words of one record of the ledger and of the list of stored segments. Internal to this
// folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/number.h"

namespace edgeherd::logs {

// Takes word after word; a missing or wrong one makes the whole record void.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  std::string word() {
    const std::size_t space = rest_.find(' ');
    const std::string_view taken = rest_.substr(0, space);
    rest_ = space == std::string_view::npos ? std::string_view{} : rest_.substr(space + 1);
    if (taken.empty()) good_ = false;
    return std::string(taken);
  }
  std::uint64_t number(int base = 10) {
    const auto value = parse_number<std::uint64_t>(word(), base);
    if (!value) good_ = false;
    return value.value_or(0);
  }
  // All that is left, blanks and all: for what ends a record and may hold them.
  std::string rest() {
    const std::string_view taken = std::exchange(rest_, {});
    if (taken.empty()) good_ = false;
    return std::string(taken);
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace edgeherd::logs
