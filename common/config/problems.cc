#include "common/config/problems.h"

namespace edgeherd::config {

void Problems::add(Position at, const std::string& what) {
  ++count_;
  if (lines_.size() >= max_shown) return;
  std::string line =
      file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + what;
  // Keys are quoted as they stand in the file; a terminal is not to obey them.
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  lines_.push_back(std::move(line));
}

Status Problems::status() const {
  if (count_ == 0) return {};
  std::string text;
  for (const std::string& line : lines_) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  if (count_ > lines_.size()) {
    text += "\nand " + std::to_string(count_ - lines_.size()) + " more";
  }
  return fail(Errc::invalid, text);
}

}  // namespace edgeherd::config
