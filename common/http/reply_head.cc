#include "common/http/reply_head.h"

#include <array>
#include <charconv>

#include "common/http/http_date.h"

namespace edgeherd::http {

namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// Formatting a date costs more than all the rest of a head, so one second shares one text.
void append_date(std::string& out, WallTime now) {
  thread_local long long second_of_text = -1;
  thread_local std::string text;
  const long long second =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (second != second_of_text) {
    text = http_date(now);
    second_of_text = second;
  }
  out += text;
}

}  // namespace

bool write_reply_head(std::string& out, const Response& response, const ReplyHead& facts,
                      WallTime now) {
  if (response.status < 200 || response.status > 999) return false;
  out.assign("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nDate: ";
  append_date(out, now);
  if (has_body(response.status)) {
    out += "\r\nContent-Length: ";
    append_number(out, facts.body_bytes);
  }
  if (!facts.keep_alive)
    out += "\r\nConnection: close";
  else if (facts.http_10)
    out += "\r\nConnection: keep-alive";
  for (const auto& [name, value] : response.headers) {
    if (!is_token(name) || !is_header_value(value)) return false;
    // The framing is ours alone.
    if (same_name(name, "Content-Length") || same_name(name, "Transfer-Encoding")) return false;
    out += "\r\n";
    out += name;
    out += ": ";
    out += value;
  }
  out += "\r\n\r\n";
  return true;
}

}  // namespace edgeherd::http
