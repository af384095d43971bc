// node: all about one server; of one that is gone, its story.
#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/section.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

void print_head(const json::object& node, Terminal& terminal) {
  const Cell state = state_cell(text(node, "state"));
  const Cell verdict = verdict_cell(text(node, "verdict"));
  const std::string reason = text(node, "verdict_reason");
  const std::string flags = joined(texts(node, "flags"));
  terminal.out() << terminal.paint(Style::bold, text(node, "id")) << " in " << text(node, "zone")
                 << ": " << terminal.paint(state.style, state.text) << " for "
                 << age(number(node, "state_age_s")) << ", "
                 << terminal.paint(verdict.style, verdict.text)
                 << (reason.empty() ? "" : " (" + reason + ")") << '\n';
  if (!flags.empty()) terminal.out() << terminal.paint(Style::warning, flags) << '\n';
}

void print_server(const json::object& node, Terminal& terminal) {
  Section server("server");
  server.line("provider", text(node, "provider"));
  server.line("provider's name", text(node, "vm"));
  server.line("address", text(node, "address"));
  server.line("private address", text(node, "private_address"));
  server.line("image", text(node, "image"));
  server.line("size", text(node, "size"));
  server.line("power", text(node, "power"));
  server.ago("asked for", node, "age_s");
  server.ago("listed", node, "listed_age_s");
  server.line("origin", text(node, "origin"));
  server.line("call under way", text(node, "call"));
  server.line("last call's failure", {text(node, "call_failure"), Style::alarm});
  server.print(terminal);
}

void print_load(const json::object& node, Terminal& terminal) {
  Section load("load");
  load.line("requests/s", rate(number(node, "requests_per_s")));
  load.line("cpu", share(number(node, "cpu")));
  load.line("egress", bits(number(node, "egress_bits_per_s")));
  load.line("disk", share(number(node, "disk_busy")));
  load.line("connections", plain(number(node, "connections")));
  load.ago("sampled", node, "sample_age_s");
  load.print(terminal);
}

void print_agent(const json::object& node, Terminal& terminal) {
  const json::object& agent = part(node, "agent");
  Section section("agent");
  section.line("enrolled", flag(agent, "enrolled") ? "yes" : "no");
  section.ago("heard", agent, "heard_age_s");
  section.line("failing checks", {joined(texts(agent, "failing")), Style::alarm});
  section.line("image version", text(agent, "image_version"));
  section.line("configuration", text(agent, "config_digest"));
  section.line("drain", text(agent, "drain_state"));
  section.line("segments waiting", whole(count(agent, "spool_segments")));
  const auto lost = count(agent, "log_lines_lost");
  section.line("log lines lost", {whole(lost), lost.value_or(0) > 0 ? Style::alarm : Style::plain});
  section.print(terminal);
}

void print_probes(const json::object& node, Terminal& terminal) {
  Section probes("the coordinator's own probes");
  for (const auto& [name, key] :
       {std::pair("health page", "health_probe"), std::pair("edge port", "edge_probe")}) {
    const json::object& probe = part(node, key);
    if (!number(probe, "asked_age_s")) continue;
    const std::string failure = text(probe, "failure");
    probes.line(name, flag(probe, "good")
                          ? Cell("good, " + age(number(probe, "asked_age_s")) + " ago", Style::good)
                          : Cell(failure.empty() ? "failed" : failure, Style::alarm));
  }
  probes.print(terminal);
}

void print_leaving(const json::object& node, Terminal& terminal) {
  if (!node.contains("leaving") || node.at("leaving").is_null()) return;
  const json::object& leaving = part(node, "leaving");
  Section section("leaving");
  section.line("cause", text(leaving, "cause"));
  section.line("because", text(leaving, "text"));
  section.line("waits for", text(leaving, "waits_for"));
  section.ago("name withdrawn", leaving, "name_gone_age_s");
  section.line("still named", {text(leaving, "named_still"), Style::alarm});
  section.line("agent's failure", {text(leaving, "command_failure"), Style::alarm});
  section.line("logs checked", flag(leaving, "archive_checked") ? "yes" : "not yet");
  section.line("archive's failure", {text(leaving, "archive_failure"), Style::alarm});
  section.print(terminal);
}

}  // namespace

void run_node(Context& context) {
  const Answer answer =
      context.coordinator.get("/v1/nodes/" + encoded_value(context.asked.arguments.front()));
  if (passed_through(context, answer)) return;
  const json::object& node = answer.document;
  Terminal& terminal = context.terminal;
  if (node.contains("lines")) return show_story(node, context.coordinator.clock().wall(), terminal);
  print_head(node, terminal);
  print_server(node, terminal);
  print_load(node, terminal);
  print_agent(node, terminal);
  print_probes(node, terminal);
  print_leaving(node, terminal);
  const json::object& logs = part(node, "stored_logs");
  Section stored("logs stored");
  stored.line("segments", whole(count(logs, "segments")));
  stored.line("lines", whole(count(logs, "lines")));
  stored.line("bytes", whole(count(logs, "bytes")));
  stored.print(terminal);
}

}  // namespace edgeherd::cli
