#include "coordinator/providers/digitalocean/token.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "common/os/real.h"

namespace edgeherd::digitalocean {

namespace {

constexpr std::size_t max_token_bytes = 4096;

}  // namespace

Result<std::string> token_in(std::string_view text, const std::string& where) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return fail(Errc::refused, where + ": no token is in it");
  text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::all_of(text.begin(), text.end(), visible)) {
    return fail(Errc::refused, where + ": more than one word is in it, or none that is a token");
  }
  return std::string(text);
}

TokenSource token_source(std::string file, std::string variable) {
  if (file.empty()) {
    return [variable = std::move(variable)]() -> Result<std::string> {
      const char* value = std::getenv(variable.c_str());
      return token_in(value == nullptr ? "" : value, "environment variable " + variable);
    };
  }
  return [file = std::move(file)]() -> Result<std::string> {
    const auto text = os::make_file_system()->read_whole(file, max_token_bytes);
    if (!text) return fail(Errc::refused, "token_file: " + text.error().message);
    return token_in(*text, "token_file " + file);
  };
}

}  // namespace edgeherd::digitalocean
