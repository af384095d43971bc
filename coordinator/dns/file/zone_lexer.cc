#include "coordinator/dns/file/zone_lexer.h"

namespace edgeherd::dns {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

class Lexer {
 public:
  Lexer(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  Result<std::vector<Entry>> run() {
    while (!at_end()) {
      if (auto read = read_entry(); !read) return read.error();
    }
    return std::move(entries_);
  }

 private:
  Status read_entry() {
    Entry entry;
    entry.begin = at_;
    entry.line = line_;
    entry.owner_left_out = is_blank(text_[at_]);
    int depth = 0;
    for (bool ended = false; !ended && !at_end();) {
      const char c = text_[at_];
      if (c == '\n') {
        ended = depth == 0;
        ++line_;
        ++at_;
      } else if (is_blank(c)) {
        ++at_;
      } else if (c == ';') {
        read_comment(entry);
      } else if (c == '(' || c == ')') {
        depth += c == '(' ? 1 : -1;
        if (depth < 0) return wrong(line_, "')' without '('");
        ++at_;
      } else if (auto read = read_token(entry); !read) {
        return read;
      }
    }
    if (depth > 0) return wrong(entry.line, "'(' without ')'");
    entry.end = at_;
    if (!entry.tokens.empty()) entries_.push_back(std::move(entry));
    return {};
  }

  void read_comment(Entry& entry) {
    std::size_t begin = at_ + 1;
    while (!at_end() && text_[at_] != '\n') ++at_;
    std::size_t end = at_;
    while (begin < end && is_blank(text_[begin])) ++begin;
    while (end > begin && is_blank(text_[end - 1])) --end;
    entry.comment = text_.substr(begin, end - begin);
  }

  Status read_token(Entry& entry) {
    Token token;
    token.begin = at_;
    token.line = line_;
    const bool quoted = text_[at_] == '"';
    if (quoted) ++at_;
    for (bool closed = false; !closed;) {
      if (at_end() || text_[at_] == '\n') {
        if (quoted) return wrong(token.line, "a text in quotes does not end");
        break;
      }
      const char c = text_[at_];
      if (quoted ? c == '"' : is_blank(c) || c == ';' || c == '(' || c == ')' || c == '"') {
        closed = true;
        if (quoted) ++at_;
        continue;
      }
      if (c == '\\') {
        token.text += c;
        ++at_;
        if (at_end() || text_[at_] == '\n') return wrong(token.line, "'\\' at the end of a line");
      }
      token.text += text_[at_++];
    }
    token.end = at_;
    entry.comment.clear();
    entry.tokens.push_back(std::move(token));
    return {};
  }

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] Error wrong(int line, const std::string& what) const {
    return fail(Errc::invalid, file_ + ":" + std::to_string(line) + ": " + what);
  }

  const std::string& file_;
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<Entry> entries_;
};

}  // namespace

Result<std::vector<Entry>> split_zone(const std::string& file, std::string_view text) {
  return Lexer(file, text).run();
}

}  // namespace edgeherd::dns
