#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "common/crypto/digest.h"
#include "coordinator/dns/rfc2136/tsig.h"

namespace edgeherd::dns {

namespace {

struct Token {
  std::string_view text;
  int line = 1;
  bool quoted = false;
};

bool is_sign(char c) {
  return c == '{' || c == '}' || c == ';';
}

// Words, quoted texts and signs; comments as named.conf has them. `line` ends at the last line.
Result<std::vector<Token>> split(std::string_view text, int& line) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  const auto here = [&](std::string_view what) { return text.substr(at).starts_with(what); };
  const auto skip_to = [&](std::string_view end) {
    const std::size_t to = std::min(text.find(end, at), text.size());
    line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                        text.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
    at = to;
  };
  while (at < text.size()) {
    const char c = text[at];
    if (here("#") || here("//")) {
      skip_to("\n");
    } else if (here("/*")) {
      at += 2;
      skip_to("*/");
      at = std::min(at + 2, text.size());
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      line += c == '\n' ? 1 : 0;
      ++at;
    } else if (is_sign(c)) {
      tokens.push_back({text.substr(at++, 1), line});
    } else if (c == '"') {
      const std::size_t end = text.find_first_of("\"\n", at + 1);
      if (end == std::string_view::npos || text[end] == '\n') {
        return fail(Errc::invalid, "a quote that does not end");
      }
      tokens.push_back({text.substr(at + 1, end - at - 1), line, true});
      at = end + 1;
    } else {
      const std::size_t from = at;
      while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) == 0 &&
             !is_sign(text[at]) && text[at] != '"') {
        ++at;
      }
      tokens.push_back({text.substr(from, at - from), line});
    }
  }
  return tokens;
}

std::optional<TsigAlgorithm> algorithm_from(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  for (const auto algorithm :
       {TsigAlgorithm::hmac_sha256, TsigAlgorithm::hmac_sha384, TsigAlgorithm::hmac_sha512}) {
    if (name == to_string(algorithm)) return algorithm;
  }
  return std::nullopt;
}

class KeyParser {
 public:
  KeyParser(std::vector<Token> tokens, int last_line)
      : tokens_(std::move(tokens)), last_line_(last_line) {}

  Result<TsigKey> parse() {
    if (!take("key")) return wrong("a key begins with the word key");
    TsigKey key;
    key.name = word();
    if (key.name.ends_with('.')) key.name.pop_back();
    if (auto good = check_name(key.name); !good) return wrong(good.error().message);
    if (!take("{")) return wrong("{ is missing");
    while (!take("}")) {
      if (auto done = clause(key); !done) return done.error();
    }
    if (!algorithm_) return wrong("no algorithm");
    if (key.secret.empty()) return wrong("no secret");
    (void)take(";");
    if (at_ < tokens_.size()) return wrong("more than one key");
    key.algorithm = *algorithm_;
    return key;
  }

  [[nodiscard]] int line() const { return at_ < tokens_.size() ? tokens_[at_].line : last_line_; }

 private:
  static Error wrong(const std::string& what) { return fail(Errc::invalid, what); }

  bool take(std::string_view sign) {
    if (at_ == tokens_.size() || tokens_[at_].quoted || tokens_[at_].text != sign) return false;
    ++at_;
    return true;
  }
  // Empty where there is none.
  std::string word() {
    const bool there =
        at_ < tokens_.size() && (tokens_[at_].quoted || !is_sign(tokens_[at_].text[0]));
    return there ? std::string(tokens_[at_++].text) : std::string();
  }

  Status clause(TsigKey& key) {
    if (take("algorithm")) {
      const std::string name = word();
      algorithm_ = algorithm_from(name);
      if (!algorithm_) {
        return wrong("algorithm \"" + name + "\": known are hmac-sha256, hmac-sha384, hmac-sha512");
      }
    } else if (take("secret")) {
      auto bytes = crypto::from_base64(word());
      if (!bytes || bytes->empty()) return wrong("the secret is no base64 text");
      key.secret = std::move(*bytes);
    } else {
      return wrong("algorithm, secret or } is expected here");
    }
    return take(";") ? Status{} : wrong("; is missing");
  }

  std::vector<Token> tokens_;
  int last_line_;
  std::size_t at_ = 0;
  std::optional<TsigAlgorithm> algorithm_;
};

}  // namespace

Result<TsigKey> parse_key_file(const std::string& file, std::string_view text) {
  int line = 1;
  auto tokens = split(text, line);
  if (!tokens) return tokens.error().within(file + ":" + std::to_string(line));
  KeyParser parser(std::move(*tokens), line);
  auto key = parser.parse();
  if (!key) return key.error().within(file + ":" + std::to_string(parser.line()));
  return key;
}

}  // namespace edgeherd::dns
