#include "coordinator/providers/exec/configure.h"

namespace edgeherd::exec {

using config::Need;

Options read_options(config::Section& section, const ProviderId& account) {
  Options options;
  options.account = account;
  section.texts("command", options.command, Need::required);
  if (section.has("command") && (options.command.empty() || options.command.front().empty())) {
    section.problem("command", "\"command\" must begin with a program");
  }
  section.texts("environment", options.environment, Need::optional);
  for (const std::string& variable : options.environment) {
    if (variable.find('=') == std::string::npos || variable.front() == '=') {
      section.problem("environment", "\"" + variable + "\" is not of the form NAME=value");
    }
  }
  section.duration("timeout", options.timeout, 1s, 1h, Need::optional);
  section.integer("concurrency", options.concurrency, 1, 100, Need::optional);
  section.finish();
  return options;
}

}  // namespace edgeherd::exec
