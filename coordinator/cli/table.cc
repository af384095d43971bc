#include "coordinator/cli/table.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace edgeherd::cli {

namespace {

constexpr std::size_t gap = 2;

std::string padded(const Terminal& terminal, const Cell& cell, const Column& column, std::size_t to,
                   bool last) {
  const std::string space(to - std::min(to, width(cell.text)), ' ');
  const std::string shown = terminal.paint(cell.style, cell.text);
  if (column.align == Align::right) return space + shown + std::string(last ? 0 : gap, ' ');
  return last ? shown : shown + space + std::string(gap, ' ');
}

}  // namespace

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // UTF-8: all but continuation bytes
  }));
}

void Table::add(std::vector<Cell> row) {
  assert(row.size() == columns_.size());
  for (Cell& cell : row) {
    if (cell.text.empty()) cell = Cell("-", Style::dim);
  }
  rows_.push_back(std::move(row));
}

void Table::print(Terminal& terminal, Header header, std::string_view indent) const {
  std::vector<std::size_t> widths;
  std::vector<Cell> titles;
  for (const Column& column : columns_) {
    widths.push_back(
        std::max(column.least_width, header == Header::shown ? width(column.title) : 0));
    titles.emplace_back(column.title, Style::bold);
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i].text));
  }
  const auto line = [&](const std::vector<Cell>& row) {
    terminal.out() << indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      terminal.out() << padded(terminal, row[i], columns_[i], widths[i], i + 1 == row.size());
    }
    terminal.out() << '\n';
  };
  if (header == Header::shown) line(titles);
  for (const auto& row : rows_) line(row);
}

}  // namespace edgeherd::cli
