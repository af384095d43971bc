// Any bytes, in any pieces: the parsers answer or refuse, never look at a byte twice differently,
// and stay within their limits. The first byte chooses the parser and the size of the pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/http/parser.h"
#include "common/http/url.h"

using namespace edgeherd;
using namespace edgeherd::http;

namespace {

constexpr ParseLimits limits{2048, 4096};

void require(bool holds) {
  if (!holds) std::abort();
}

std::size_t header_size(const Headers& headers) {
  std::size_t size = 0;
  for (const auto& [name, value] : headers) size += name.size() + value.size();
  return size;
}

// Feeds `text` as a socket would, until the first message is complete. What was understood, as
// text.
template <class Parser, class Seen>
std::string run(Parser& parser, std::string_view text, std::size_t piece, Seen seen) {
  std::string waiting;
  while (parser.state() != Parsed::done && parser.state() != Parsed::error) {
    const std::size_t before = waiting.size();
    const std::size_t taken = parser.feed(waiting);
    require(taken <= before);
    waiting.erase(0, taken);
    if (parser.state() == Parsed::head) continue;
    if (parser.state() != Parsed::more || (taken > 0 && !waiting.empty())) continue;
    if (text.empty()) return "incomplete";
    waiting.append(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
    require(waiting.size() <= limits.header_bytes + piece + 1);
  }
  return parser.state() == Parsed::error ? "error" : seen();
}

std::string request(std::string_view text, std::size_t piece) {
  RequestParser parser(limits);
  const std::string seen = run(parser, text, piece, [&] {
    const Request& got = parser.request();
    require(got.body.size() <= limits.body_bytes);
    require(header_size(got.headers) <= limits.header_bytes);
    require(got.path.find('\0') == std::string::npos && is_token(got.method));
    std::string all = got.method + "\n" + got.path + "\n" + got.body;
    for (const auto& [name, value] : got.headers) {
      require(is_header_value(value));
      all += "\n" + name + ":" + value;
    }
    return all + (parser.keep_alive() ? "k" : "c");
  });
  if (parser.state() == Parsed::error) require(parser.refusal() >= 400 && parser.refusal() < 600);
  return seen;
}

std::string response(std::string_view text, std::size_t piece, BodyRule rule) {
  ResponseParser parser(limits, rule);
  const std::string seen = run(parser, text, piece, [&] {
    require(parser.response().body.size() <= limits.body_bytes);
    return std::to_string(parser.response().status) + parser.response().body;
  });
  if (seen == "incomplete") {
    parser.feed_end();
    require(parser.state() == Parsed::done || parser.state() == Parsed::error);
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + choice / 4;
  if (choice % 4 == 0) {
    // However it is cut: what one piece makes a whole request, small pieces make the same one.
    const std::string whole = request(text, 65536);
    const std::string cut = request(text, piece);
    require(whole == cut || whole == "error" || cut == "error");
  } else if (choice % 4 == 3) {
    if (auto url = parse_url(text)) {
      require(!url->host.empty() && url->port != 0 && url->target.starts_with('/'));
      require(is_header_value(url->target) && url->target.find(' ') == std::string::npos);
    }
  } else {
    response(text, piece, choice % 4 == 1 ? BodyRule::as_framed : BodyRule::none);
  }
  return 0;
}
