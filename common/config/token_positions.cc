#include "common/config/token_positions.h"

#include <algorithm>

namespace edgeherd::config {

namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Scan scan() {
    found_.plain = text_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '/') {
        skip_comment();
      } else if (c == '"') {
        found_.tokens.push_back(here_);
        skip_string();
      } else if (c == '{' || c == '[') {
        found_.tokens.push_back(here_);
        advance();
      } else if (is_between(c)) {
        advance();
      } else {
        found_.tokens.push_back(here_);
        while (at_ < text_.size() && !is_between(text_[at_]) && text_[at_] != '/') advance();
      }
    }
    return std::move(found_);
  }

  Position seek(std::size_t offset) {
    while (at_ < offset && at_ < text_.size()) advance();
    return here_;
  }

 private:
  static bool is_between(char c) {
    return std::string_view(" \t\r\n,:]}").find(c) != std::string_view::npos;
  }

  void advance() {
    const auto byte = static_cast<unsigned char>(text_[at_++]);
    if (byte == '\n') {
      ++here_.line;
      here_.column = 1;
      return;
    }
    // A code point's continuation bytes are 10xxxxxx: the column moves with its last byte.
    const bool inside =
        at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0U) == 0x80U;
    if (!inside) ++here_.column;
  }

  void skip_comment() {
    const std::string_view rest = text_.substr(at_);
    std::size_t end = std::string_view::npos;
    if (rest.starts_with("//")) {
      end = std::min(text_.find('\n', at_), text_.size());
    } else if (rest.starts_with("/*")) {
      end = text_.find("*/", at_ + 2);
      if (end != std::string_view::npos) end += 2;
    }
    if (end == std::string_view::npos) return advance();
    while (at_ < end) {
      if (text_[at_] != '\n') found_.plain[at_] = ' ';
      advance();
    }
  }

  void skip_string() {
    advance();
    while (at_ < text_.size() && text_[at_] != '"') {
      const bool escape = text_[at_] == '\\';
      advance();
      if (escape && at_ < text_.size()) advance();
    }
    if (at_ < text_.size()) advance();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Position here_;
  Scan found_;
};

}  // namespace

Scan scan_json(std::string_view text) {
  return Scanner(text).scan();
}

Position position_of(std::string_view text, std::size_t offset) {
  return Scanner(text).seek(offset);
}

}  // namespace edgeherd::config
