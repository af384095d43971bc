// Section: a part of a picture: a title, and lines of name and value. Private to coordinator/cli.
// Thread: a value type.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "coordinator/cli/table.h"
#include "coordinator/cli/terminal.h"

namespace edgeherd::cli {

class Section {
 public:
  explicit Section(std::string title)
      : title_(std::move(title)), table_({{"", Align::left, 18}, {""}}) {}

  // One without a value is left out.
  void line(const std::string& name, Cell value);
  // "3 s ago", from a number of seconds.
  void ago(const std::string& name, const boost::json::object& from, std::string_view key);
  void print(Terminal& terminal) const;

 private:
  std::string title_;
  Table table_;
};

// "a, b".
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

}  // namespace edgeherd::cli
