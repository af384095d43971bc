// Table: aligned columns under a header line. Thread: a value type.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/cli/terminal.h"

namespace edgeherd::cli {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  std::size_t least_width = 0;  // so that tables printed one after the other line up
};

struct Cell {
  Cell(std::string the_text = {}, Style the_style = Style::plain)  // NOLINT: implicit
      : text(std::move(the_text)), style(the_style) {}
  Cell(const char* the_text) : text(the_text) {}  // NOLINT: implicit

  std::string text;
  Style style = Style::plain;
};

enum class Header { shown, hidden };

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns. An empty cell shows as "-".
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // Each line begins with `indent`; none ends with a space.
  void print(Terminal& terminal, Header header = Header::shown, std::string_view indent = "") const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Characters as a terminal counts them, for text without wide or combining ones.
[[nodiscard]] std::size_t width(std::string_view text);

}  // namespace edgeherd::cli
