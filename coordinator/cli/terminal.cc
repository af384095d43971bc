#include "coordinator/cli/terminal.h"

namespace edgeherd::cli {

namespace {

// Select Graphic Rendition (ECMA-48, 8.3.117).
std::string_view code(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::dim:
      return "\033[2m";
    case Style::bold:
      return "\033[1m";
    case Style::good:
      return "\033[32m";
    case Style::warning:
      return "\033[33m";
    case Style::alarm:
      return "\033[31m";
  }
  return "";
}

}  // namespace

std::string Terminal::paint(Style style, std::string_view text) const {
  if (device_ == Device::plain || style == Style::plain || text.empty()) return std::string(text);
  return std::string(code(style)) + std::string(text) + "\033[0m";
}

void Terminal::next_picture() {
  out_ << (device_ == Device::screen ? "\033[H\033[2J\033[3J" : "\n");
}

}  // namespace edgeherd::cli
