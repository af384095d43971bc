#include "common/http/message.h"
#include "common/http/url.h"
#include "common/os/real.h"
#include "coordinator/cli/options.h"

namespace edgeherd::cli {

namespace {

constexpr std::size_t longest_token_file = 4096;

// Without the end of the line that editors leave.
Result<std::string> read_token(const std::string& path) {
  auto text = os::make_file_system()->read_whole(path, longest_token_file);
  if (!text) return text.error().within("EDGEHERD_TOKEN_FILE " + path);
  const auto last = text->find_last_not_of(" \t\r\n");
  if (last == std::string::npos) {
    return fail(Errc::invalid, "EDGEHERD_TOKEN_FILE " + path + ": there is no token in it");
  }
  return text->substr(0, last + 1);
}

}  // namespace

Result<Connection> connection(const Invocation& invocation, const Environment& environment) {
  const auto choose = [&](const std::string& given, std::string_view variable,
                          const std::string& otherwise) {
    return given.empty() ? environment(variable).value_or(otherwise) : given;
  };
  Connection result;
  result.endpoint = choose(invocation.endpoint, "EDGEHERD_ENDPOINT", "");
  if (result.endpoint.empty()) result.endpoint = "http://127.0.0.1:9480";
  while (result.endpoint.ends_with('/')) result.endpoint.pop_back();
  if (const auto url = http::parse_url(result.endpoint); !url) {
    return fail(Errc::invalid,
                url.error().message + "; an endpoint is http://HOST:PORT or https://HOST:PORT");
  }
  result.ca_file = invocation.ca_file;
  result.token = choose(invocation.token, "EDGEHERD_TOKEN", "");
  const std::string file = environment("EDGEHERD_TOKEN_FILE").value_or("");
  if (result.token.empty() && !file.empty()) {
    auto token = read_token(file);
    if (!token) return token.error();
    result.token = std::move(*token);
  }
  if (!http::is_header_value(result.token)) {
    return fail(Errc::invalid, "the token has characters that no token can have");
  }
  return result;
}

}  // namespace edgeherd::cli
