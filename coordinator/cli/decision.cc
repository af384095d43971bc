// A zone's decision: the figures, the steps, the actions with their reasons, what was held back.
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

std::string age_of_ms(const json::object& reason) {
  const auto ms = number(reason, "age_ms");
  return ms ? " (" + age(*ms / 1000) + " old)" : "";
}

// "withdraw lon1-17", "command lon1-17 drain".
std::string action_line(const json::object& action) {
  std::string result = brake_name(text(action, "kind"));
  for (const std::string_view key : {"node", "verb"}) {
    const std::string word = text(action, key);
    if (!word.empty()) result += " " + word;
  }
  for (const std::string_view key : {"place", "size"}) {
    const std::string word = text(action, key);
    if (!word.empty()) result += " " + word;
  }
  if (const std::string lacking = text(action, "spilled_for"); !lacking.empty()) {
    result += ", for " + lacking;
  }
  if (const auto price = number(action, "price_per_hour"))
    result += ", " + money(price) + " an hour";
  const std::string cause = text(action, "cause");
  return result + (cause.empty() || cause == "none" ? "" : ", " + brake_name(cause));
}

void print_reasons(const json::object& action, Terminal& terminal) {
  for (const json::value& value : list(action, "reasons")) {
    const json::object& reason = entry(value);
    terminal.out() << "      " << text(reason, "text")
                   << terminal.paint(Style::dim, age_of_ms(reason)) << '\n';
  }
}

void print_figures(const json::object& decision, Terminal& terminal) {
  Table table({{"REQUESTS/S", Align::right},
               {"CPU", Align::right},
               {"EGRESS", Align::right},
               {"DISK", Align::right},
               {"P99", Align::right},
               {"OF REQUESTS", Align::right},
               {"WITHOUT DATA", Align::right}});
  const bool slow = flag(decision, "latency_high");
  table.add({rate(number(decision, "requests_per_s")),
             share(number(decision, "cpu")),
             bits(number(decision, "egress_bits_per_s")),
             share(number(decision, "disk_busy")),
             {span(number(decision, "p99_s")), slow ? Style::alarm : Style::plain},
             whole(count(decision, "latency_requests")),
             whole(count(decision, "without_data"))});
  table.print(terminal, Header::shown, "  ");
}

void print_steps(const json::object& decision, Terminal& terminal) {
  Table table({{"STEP"}, {"FROM", Align::right}, {"", Align::left}, {"TO", Align::right}, {"WHY"}});
  for (const json::value& value : list(decision, "steps")) {
    const json::object& step = entry(value);
    const auto from = number(step, "from");
    const auto to = number(step, "to");
    const Style style = from == to ? Style::dim : Style::plain;
    table.add({{text(step, "name"), style},
               {plain(from), style},
               {"->", Style::dim},
               {plain(to), style},
               {text(step, "text"), style}});
  }
  if (table.empty()) return;
  terminal.out() << '\n';
  table.print(terminal, Header::shown, "  ");
}

void print_actions(const json::object& decision, Terminal& terminal) {
  const json::array& actions = list(decision, "actions");
  if (actions.empty()) return;
  terminal.out() << "\n  " << terminal.paint(Style::bold, "actions") << '\n';
  for (const json::value& value : actions) {
    const json::object& action = entry(value);
    terminal.out() << "    " << action_line(action) << '\n';
    print_reasons(action, terminal);
  }
}

void print_withheld(const json::object& decision, Terminal& terminal) {
  const json::array& withheld = list(decision, "withheld");
  if (withheld.empty()) return;
  terminal.out() << "\n  " << terminal.paint(Style::bold, "withheld") << '\n';
  for (const json::value& value : withheld) {
    const json::object& held = entry(value);
    const json::object& action = part(held, "action");
    const std::string why = text(held, "text");
    terminal.out() << "    " << action_line(action) << '\n'
                   << "      "
                   << terminal.paint(Style::warning, "held back by " +
                                                         brake_name(text(held, "brake")) +
                                                         (why.empty() ? "" : ": " + why))
                   << '\n';
    print_reasons(action, terminal);
  }
}

}  // namespace

void show_decision(const json::object& decision, Terminal& terminal) {
  Table counts({{"IN SERVICE", Align::right},
                {"COMING", Align::right},
                {"LEAVING", Align::right},
                {"PROPOSED", Align::right},
                {"DESIRED", Align::right},
                {"LENT", Align::right},
                {"BORROWED", Align::right},
                {"COST/H", Align::right}});
  counts.add({whole(count(decision, "in_service")),
              whole(count(decision, "coming")),
              whole(count(decision, "leaving")),
              whole(count(decision, "proposal")),
              {whole(count(decision, "desired")), Style::bold},
              whole(count(decision, "lent")),
              whole(count(decision, "borrowed")),
              money(number(decision, "cost_per_hour"))});
  counts.print(terminal, Header::shown, "  ");
  terminal.out() << '\n';
  print_figures(decision, terminal);
  print_steps(decision, terminal);
  print_actions(decision, terminal);
  print_withheld(decision, terminal);
  if (const auto more = count(decision, "left_out").value_or(0); more > 0) {
    terminal.out() << "\n  and " << more << " more that the record had no room for\n";
  }
}

}  // namespace edgeherd::cli
