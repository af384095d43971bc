#include "coordinator/cli/show.h"

#include <algorithm>

#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"

namespace edgeherd::cli {

namespace json = boost::json;

bool passed_through(const Context& context, const Answer& answer) {
  if (!context.json()) return false;
  context.terminal.out() << answer.text << (answer.text.ends_with('\n') ? "" : "\n");
  return true;
}

std::string limits(const json::object& zone) {
  const auto least = count(zone, "min_servers");
  const auto most = count(zone, "max_servers");
  return least && most ? whole(least) + "-" + whole(most) : "";
}

Cell state_cell(const std::string& state) {
  if (state == "in_service") return {"in service", Style::good};
  return {state, state == "draining" || state == "flushing" ? Style::warning : Style::plain};
}

Cell verdict_cell(const std::string& verdict) {
  if (verdict == "healthy") return {verdict, Style::good};
  if (verdict == "bad") return {verdict, Style::alarm};
  return {verdict, verdict == "degraded" ? Style::warning : Style::dim};
}

Style severity_style(std::string_view severity) {
  if (severity == "alarm") return Style::alarm;
  return severity == "warning" ? Style::warning : Style::plain;
}

std::string brake_name(const std::string& brake) {
  std::string name = brake;
  std::ranges::replace(name, '_', ' ');
  constexpr std::string_view apart = "scale in";
  if (name.starts_with(apart)) name.replace(0, apart.size(), "scale-in");
  return name;
}

}  // namespace edgeherd::cli
