// Where alarms go. A target that could never deliver is refused: it would be found out by the first
// alarm that nobody hears.
#include <algorithm>

#include "common/http/message.h"
#include "common/http/url.h"
#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

using config::Need;
using config::Section;

// Names of the frame of a request, which the client itself sets.
bool is_frame(std::string_view name) {
  return http::same_name(name, "Content-Length") || http::same_name(name, "Transfer-Encoding");
}

void read_headers(Section& s, Notify& target) {
  const config::Value* headers = s.raw("headers");
  if (headers == nullptr) return;
  if (headers->object() == nullptr) return s.problem("headers", "must be a section in braces");
  for (const config::Member& header : *headers->object()) {
    const std::string* text = header.value.text();
    if (text == nullptr || !http::is_token(header.key) || !http::is_header_value(*text)) {
      s.problems().add(header.value.at, "header \"" + header.key +
                                            "\" must be a header's name and a text of one line");
    } else if (is_frame(header.key)) {
      s.problems().add(header.value.at, "header \"" + header.key + "\" cannot be given");
    } else {
      target.headers.emplace_back(header.key, *text);
    }
  }
}

void read_webhook(Section& s, const Reading& reading, Notify& target) {
  s.text("url", target.url, Need::required);
  // Not repeated: its path may be a secret, and problems are shown to viewers.
  if (s.has("url") && !http::parse_url(target.url)) {
    s.problem("url", "must be a URL of http:// or https://, with a host and without a user name");
  }
  std::string secret;
  s.text("secret_file", secret, Need::optional);
  if (!secret.empty()) {
    const auto text = reading.files.read_whole(reading.path(secret), max_secret_bytes);
    if (!text) {
      s.problem("secret_file", text.error().message);
    } else {
      target.secret = trimmed(*text);
      if (target.secret.empty()) s.problem("secret_file", "the file is empty");
    }
  }
  read_headers(s, target);
}

void read_program(Section& s, const Reading& reading, Notify& target) {
  s.texts("argv", target.argv, Need::required);
  if (s.has("argv") && target.argv.empty()) s.problem("argv", "must name a program");
  if (target.argv.empty()) return;
  look_for({"argv", target.argv.front(), "", NeededKind::program}, s, reading);
}

void read_target(Section& s, const Reading& reading, std::vector<Notify>& notify) {
  Notify target;
  s.text("name", target.name, Need::required);
  s.choice("type", target.kind, {{"webhook", NotifyKind::webhook}, {"exec", NotifyKind::exec}},
           Need::required);
  s.choice("min_severity", target.min_severity,
           {{"info", model::Severity::info},
            {"warning", model::Severity::warning},
            {"alarm", model::Severity::alarm}},
           Need::optional);
  s.duration("repeat_after", target.repeat_after, 0s, 24h * 7, Need::optional);
  s.duration("deadline", target.deadline, 100ms, 5min, Need::optional);
  if (target.kind == NotifyKind::webhook) {
    read_webhook(s, reading, target);
  } else {
    read_program(s, reading, target);
  }
  s.finish();
  const auto same = [&](const Notify& other) { return other.name == target.name; };
  if (std::any_of(notify.begin(), notify.end(), same)) {
    s.problem("name", "there is another target \"" + target.name + "\"");
  }
  notify.push_back(std::move(target));
}

}  // namespace

void read_notify(Section& root, const Reading& reading, std::vector<Notify>& notify) {
  for (Section& s : root.section_list("notify", Need::optional)) read_target(s, reading, notify);
}

}  // namespace edgeherd::settings
