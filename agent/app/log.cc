#include "agent/app/log.h"

#include <cstdlib>
#include <string>

#include <unistd.h>

namespace edgeherd::agent {

void say(Severity severity, std::string_view text) {
  // systemd sets this when standard error is its journal (sd-daemon(3), "<N>" prefixes).
  static const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  std::string line;
  if (journal)
    line += severity == Severity::error ? "<3>" : severity == Severity::warning ? "<4>" : "<6>";
  line += "edgeherd-agent: ";
  if (severity == Severity::warning) line += "warning: ";
  if (severity == Severity::error) line += "error: ";
  line += text;
  line += '\n';
  // One write, so that lines of several threads do not mix; a lost line is no reason to stop.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace edgeherd::agent
