#include "coordinator/cli/section.h"

#include <utility>

#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"

namespace edgeherd::cli {

void Section::line(const std::string& name, Cell value) {
  if (!value.text.empty()) table_.add({{name, Style::dim}, std::move(value)});
}

void Section::ago(const std::string& name, const boost::json::object& from, std::string_view key) {
  if (const auto seconds = number(from, key)) line(name, age(seconds) + " ago");
}

void Section::print(Terminal& terminal) const {
  if (table_.empty()) return;
  terminal.out() << '\n' << terminal.paint(Style::bold, title_) << '\n';
  table_.print(terminal, Header::hidden, "  ");
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ", ") + word;
  return result;
}

}  // namespace edgeherd::cli
