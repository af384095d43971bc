#include "coordinator/cli/run.h"

#include <exception>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "coordinator/cli/command.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

void tell(const Failed& failed, Output output, Terminal& terminal) {
  if (output == Output::json) {
    json::object document;
    document["schema"] = 1;
    document["code"] = failed.code();
    document["message"] = failed.what();
    document["hint"] = failed.hint().empty() ? json::value(nullptr) : json::value(failed.hint());
    if (!failed.details.empty()) {
      document["problems"] = json::array(failed.details.begin(), failed.details.end());
    }
    terminal.err() << json::serialize(document) << '\n';
    return;
  }
  terminal.err() << "edgeherd: " << failed.what() << '\n';
  for (const std::string& line : failed.details) terminal.err() << "  " << line << '\n';
  if (!failed.hint().empty() && failed.details.empty()) {
    terminal.err() << "  " << failed.hint() << '\n';
  }
}

ExitCode obey(const Invocation& asked, const Surroundings& surroundings) {
  Terminal& terminal = surroundings.terminal;
  if (asked.command == nullptr) {
    terminal.out() << asked.text;
  } else {
    Coordinator coordinator(connection(asked, surroundings.environment));
    Context context{asked,
                    coordinator,
                    terminal,
                    surroundings.check_files,
                    surroundings.simulate,
                    surroundings.next_round};
    asked.command->run(context);
  }
  finish_output(terminal, exit_failed);
  return exit_done;
}

}  // namespace

bool Context::wait(Duration span) const {
  if (next_round) return next_round(span);
  coordinator.idle(span);
  return true;
}

void finish_output(Terminal& terminal, ExitCode otherwise) {
  terminal.out().flush();
  if (!terminal.out()) throw Failed(otherwise, "unavailable", "the output cannot be written", "");
}

Failed usage_error(const std::string& message, const std::string& hint) {
  return Failed(exit_usage, "usage", message, hint);
}

ExitCode run(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  Output output = Output::table;
  const auto report = [&](const Failed& failed) {
    surroundings.terminal.out().flush();
    tell(failed, output, surroundings.terminal);
    return failed.exit();
  };
  try {
    const Result<Invocation> asked = parse(arguments);
    if (!asked) return report(usage_error(asked.error().message));
    output = asked->output;
    return obey(*asked, surroundings);
  } catch (const Failed& failed) {
    return report(failed);
  } catch (const std::exception& defect) {
    return report(Failed(exit_failed, "internal", defect.what(), ""));
  }
}

}  // namespace edgeherd::cli
