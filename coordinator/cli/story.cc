// A node's life: by which decision it left, what was known then, what is stored of it, and every
// step.
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/section.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

bool has(const json::object& from, std::string_view key) {
  return from.contains(key) && !from.at(key).is_null();
}

std::string age_of_ms(const json::object& from, std::string_view key) {
  const auto ms = number(from, key);
  return ms ? age(*ms / 1000) + " old" : "";
}

std::string decision_of(const json::object& line) {
  const auto id = count(line, "decision");
  return id ? "decision " + std::to_string(*id) : "";
}

// "bad (edge does not answer), 2 s old".
Cell with_age(std::string words, const std::string& reason, const std::string& old) {
  if (words.empty()) return {};
  if (!reason.empty()) words += " (" + reason + ")";
  return {words + (old.empty() ? "" : ", " + old)};
}

void print_probe(const json::object& known, const char* name, std::string_view key,
                 Section& section) {
  const json::object& probe = part(known, key);
  if (!has(probe, "good")) return;
  const bool good = flag(probe, "good");
  section.line(
      name, with_age(good ? "good" : "failed", text(probe, "failure"), age_of_ms(probe, "age_ms")));
}

void print_known(const json::object& known, Terminal& terminal) {
  Section section("known then");
  section.line("state", with_age(text(known, "state"), "", age_of_ms(known, "state_age_ms")));
  section.line("verdict", with_age(text(known, "verdict"), text(known, "verdict_reason"),
                                   age_of_ms(known, "judged_age_ms")));
  section.line("agent's last word", age_of_ms(known, "heard_age_ms"));
  section.line("sample", age_of_ms(known, "sample_age_ms"));
  section.line("requests/s", rate(number(known, "requests_per_s")));
  section.line("cpu", share(number(known, "cpu")));
  section.line("connections", plain(number(known, "connections")));
  section.line("failing checks", joined(texts(known, "failing")));
  print_probe(known, "health page", "health_probe", section);
  print_probe(known, "edge port", "edge_probe", section);
  section.line("listed", age_of_ms(known, "listed_age_ms"));
  section.line("flags", joined(texts(known, "flags")));
  section.print(terminal);
}

void print_left_by(const json::object& story, Terminal& terminal) {
  if (!has(story, "left_by")) return;
  const json::object& line = part(story, "left_by");
  const json::object& details = part(line, "details");
  Section section("left by");
  const std::string cause = text(details, "cause");
  section.line("what", brake_name(text(line, "what")) +
                           (cause.empty() || cause == "none" ? "" : ", " + brake_name(cause)));
  section.line("at", moment(text(line, "at")) + " UTC");
  section.line("decided in", decision_of(line));
  for (const json::value& value : list(details, "reasons")) {
    const json::object& reason = entry(value);
    section.line("because", with_age(text(reason, "text"), "", age_of_ms(reason, "age_ms")));
  }
  section.print(terminal);
  print_known(part(details, "known"), terminal);
}

void print_end(const json::object& story, Terminal& terminal) {
  if (!has(story, "end")) return;
  const json::object& end = part(story, "end");
  Section server("server");
  server.line("provider", text(end, "provider"));
  server.line("provider's name", text(end, "vm"));
  server.line("address", text(end, "address"));
  server.line("image", text(end, "image"));
  server.line("size", text(end, "size"));
  server.line("origin", text(end, "origin"));
  server.print(terminal);
  const json::object& logs = part(end, "logs");
  Section stored("logs stored");
  stored.line("segments", whole(count(logs, "segments")));
  stored.line("lines", whole(count(logs, "lines")));
  stored.line("bytes", whole(count(logs, "bytes")));
  const auto lost = count(logs, "lines_lost");
  stored.line("lines lost", {whole(lost), lost.value_or(0) > 0 ? Style::alarm : Style::plain});
  if (flag(logs, "given_up"))
    stored.line("given up", {"the rest was not waited for", Style::alarm});
  stored.line("manifest", text(logs, "manifest"));
  stored.print(terminal);
}

void print_lines(const json::object& story, Terminal& terminal) {
  Table table({{"AT (UTC)"}, {"WHAT"}, {"TEXT"}, {"DECIDED IN"}});
  for (const json::value& value : list(story, "lines")) {
    const json::object& line = entry(value);
    table.add({{moment(text(line, "at")), Style::dim},
               text(line, "what"),
               text(line, "text"),
               {decision_of(line), Style::dim}});
  }
  if (table.empty()) return;
  terminal.out() << '\n' << terminal.paint(Style::bold, "what happened") << '\n';
  table.print(terminal, Header::shown, "  ");
  if (const auto more = count(story, "left_out").value_or(0); more > 0) {
    terminal.out() << "\n  and " << more << " more that the record had no room for\n";
  }
}

}  // namespace

void show_story(const json::object& story, WallTime now, Terminal& terminal) {
  const Cell state = state_cell(text(story, "state"));
  terminal.out() << terminal.paint(Style::bold, text(story, "id")) << " in " << text(story, "zone")
                 << ": " << terminal.paint(state.style, state.text);
  if (const std::string ended = text(story, "ended_at"); !ended.empty()) {
    const std::string ago = age(seconds_since(ended, now));
    terminal.out() << " since " << moment(ended) << " UTC" << (ago.empty() ? "" : ", " + ago);
  }
  terminal.out() << '\n';
  print_left_by(story, terminal);
  print_end(story, terminal);
  print_lines(story, terminal);
}

}  // namespace edgeherd::cli
