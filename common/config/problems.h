// What is wrong with a file: every problem at once, so that nobody mends it line by line.
#pragma once

#include <string>
#include <vector>

#include "common/config/value.h"
#include "common/core/result.h"

namespace edgeherd::config {

class Problems {
 public:
  static constexpr std::size_t max_shown = 20;

  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(Position at, const std::string& what);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  // "file:line:column: what" each, in the order they were found; at most max_shown.
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  // `invalid` when there are any. Unlike other errors its message may have several lines.
  [[nodiscard]] Status status() const;

 private:
  std::string file_;
  std::vector<std::string> lines_;
  std::size_t count_ = 0;
};

}  // namespace edgeherd::config
