// The command line, read by CLI11 from the table of commands.
#include <algorithm>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "common/config/suggest.h"
#include "common/core/number.h"
#include "coordinator/cli/command.h"

namespace edgeherd::cli {

namespace {

constexpr int most_expected = 1'000'000;
constexpr int most_events = 1'000;

Error wrong(const std::string& what) {
  return fail(Errc::invalid, what);
}

// The longest command that the words begin with, and how many of them it took.
struct Leading {
  const Command* command = nullptr;
  std::vector<std::string> words;  // those before any argument
  std::string odd;                 // an option before them that is not one of all commands
};

bool takes_value(std::string_view argument) {
  if (argument == "-o") return true;
  return std::ranges::any_of(common_options(), [&](const OptionSpec& option) {
    return !option.value.empty() && argument == "--" + std::string(option.name);
  });
}

bool is_common(std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find('='));
  return name.starts_with("-o") || name == "-h" ||
         std::ranges::any_of(common_options(), [&](const OptionSpec& option) {
           return name == "--" + std::string(option.name);
         });
}

Leading leading(const std::vector<std::string>& arguments) {
  Leading result;
  for (std::size_t i = 0; i < arguments.size() && result.words.size() < 2; ++i) {
    if (takes_value(arguments[i])) {
      ++i;
    } else if (!arguments[i].starts_with('-')) {
      result.words.push_back(arguments[i]);
    } else if (result.words.empty() && result.odd.empty() && !is_common(arguments[i])) {
      result.odd = arguments[i];
    }
  }
  if (result.words.empty()) return result;
  result.command = find_command(result.words[0]);
  if (result.command == nullptr && result.words.size() == 2) {
    result.command = find_command(result.words[0] + " " + result.words[1]);
  }
  return result;
}

// The words that may follow `before` ("": the first ones).
std::vector<std::string> next_words(const std::string& before) {
  std::vector<std::string> words;
  const std::string prefix = before.empty() ? "" : before + " ";
  for (const Command& command : commands()) {
    if (!command.path.starts_with(prefix)) continue;
    const std::string_view rest = command.path.substr(prefix.size());
    std::string word(rest.substr(0, rest.find(' ')));
    if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
  }
  return words;
}

Error no_such_command(const Leading& start) {
  if (start.words.empty()) return wrong("a command is wanted; `edgeherd --help` lists them");
  const std::string& first = start.words[0];
  // Its value was taken for the command.
  if (!start.odd.empty()) {
    return wrong("\"" + start.odd +
                 "\" is not an option of all commands; those of one command stand after it; "
                 "`edgeherd --help` lists them");
  }
  const std::vector<std::string> firsts = next_words("");
  if (std::ranges::find(firsts, first) == firsts.end()) {
    const std::string guess = config::nearest(first, firsts);
    return wrong(
        "there is no command \"" + first + "\"" +
        (guess.empty() ? "; `edgeherd --help` lists them" : "; did you mean \"" + guess + "\"?"));
  }
  std::string list;
  for (const std::string& word : next_words(first)) {
    list += (list.empty() ? "" : ", ") + first + " " + word;
  }
  return wrong("\"" + first + "\" wants one more word; there is: " + list);
}

// What CLI11 writes into; one for each command's options.
struct Sink {
  std::map<std::string, std::string, std::less<>> values;
  std::map<std::string, bool, std::less<>> flags;
  std::vector<std::string> arguments;
};

void declare(CLI::App& app, const std::vector<OptionSpec>& options, Sink& sink) {
  for (const OptionSpec& option : options) {
    const std::string name(option.name);
    const std::string dashed = (name == "output" ? "-o,--" : "--") + name;
    if (name == "help" || name == "version") continue;
    if (option.kind == Kind::flag) {
      app.add_flag(dashed, sink.flags[name]);
    } else {
      app.add_option(dashed, sink.values[name])->take_last();
    }
  }
}

Error said(const CLI::ParseError& error, const Command& command) {
  std::string what = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    what = what.substr(what.find(": ") + 2);
    what = "\"" + what + "\" is not expected here";
  }
  return wrong(what + "; usage: " + usage_line(command));
}

Status check_number(const OptionSpec& option, const std::string& value, int least, int most) {
  const auto number = parse_number<int>(value);
  if (!number || *number < least || *number > most) {
    return wrong("--" + std::string(option.name) + " wants a whole number from " +
                 std::to_string(least) + " to " + std::to_string(most) + ", not \"" + value + "\"");
  }
  return {};
}

Status check_arguments(const Command& command, const std::vector<std::string>& given) {
  std::size_t least = 0;
  std::size_t most = 0;
  for (const ArgumentSpec& argument : command.arguments) {
    if (argument.many == Many::one || argument.many == Many::one_or_more) ++least;
    const bool endless = argument.many == Many::one_or_more || argument.many == Many::any;
    most = endless ? std::string::npos : most + 1;
  }
  const std::string usage = "; usage: " + usage_line(command);
  if (given.size() < least) {
    return wrong(std::string(command.arguments[given.size()].name) + " is missing" + usage);
  }
  if (given.size() > most) return wrong("\"" + given[most] + "\" is not expected here" + usage);
  // An empty variable of a script must not be taken for "none" or "all".
  for (const std::string& argument : given) {
    if (argument.empty()) return wrong("an argument is empty" + usage);
  }
  return {};
}

Status take(const Command& command, const Sink& sink, const CLI::App& app, Invocation& into) {
  for (const OptionSpec& option : command.options) {
    const std::string name(option.name);
    if (app.count("--" + name) == 0) continue;
    if (option.kind == Kind::flag) {
      // Who writes --now=no means the opposite.
      const std::vector<std::string> given = app.get_option("--" + name)->results();
      if (std::ranges::any_of(given, [](const std::string& one) { return one != "true"; }))
        return wrong("--" + name + " takes no value");
      into.options[name] = "yes";
      continue;
    }
    const std::string& value = sink.values.find(name)->second;
    if (value.empty()) return wrong("--" + name + " is empty");
    Status good;
    if (option.kind == Kind::count) good = check_number(option, value, 0, most_expected);
    if (option.kind == Kind::limit) good = check_number(option, value, 1, most_events);
    if (!good) return good;
    into.options[name] = value;
  }
  into.arguments = sink.arguments;
  return check_arguments(command, into.arguments);
}

Status take_common(const Sink& sink, const Command& command, Invocation& into) {
  const auto value = [&](std::string_view name) { return sink.values.find(name)->second; };
  into.endpoint = value("endpoint");
  into.token = value("token");
  into.ca_file = value("ca-file");
  const std::string output = value("output");
  if (output == "json") into.output = Output::json;
  if (output == "names") into.output = Output::names;
  if (!output.empty() && output != "table" && output != "json" && output != "names") {
    return wrong("-o wants \"table\", \"json\" or \"names\", not \"" + output + "\"");
  }
  if (into.output == Output::names && command.path != "nodes" && command.path != "zones") {
    return wrong("-o names is for `edgeherd nodes` and `edgeherd zones` alone");
  }
  return {};
}

bool asks(const std::vector<std::string>& arguments, std::string_view word,
          std::string_view short_word) {
  const auto end = std::ranges::find(arguments, "--");
  return std::any_of(arguments.begin(), end, [&](const std::string& argument) {
    return argument == word || argument == short_word;
  });
}

}  // namespace

bool Invocation::has(std::string_view option) const {
  return options.contains(option);
}

std::string Invocation::option(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? "" : found->second;
}

Result<Invocation> parse(const std::vector<std::string>& arguments) {
  Invocation result;
  const Leading start = leading(arguments);
  if (asks(arguments, "--help", "-h")) {
    result.text = start.command != nullptr ? help(*start.command) : help();
    return result;
  }
  if (asks(arguments, "--version", "--version")) {
    result.text = "edgeherd " EDGEHERD_VERSION "\n";
    return result;
  }
  if (start.command == nullptr) return no_such_command(start);
  const Command& command = *start.command;

  // Only the command that was named has to be known to CLI11.
  CLI::App app;
  app.set_help_flag();
  Sink common;
  declare(app, common_options(), common);
  CLI::App* inner = &app;
  const std::string path(command.path);
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find(' ', at), path.size());
    inner = inner->add_subcommand(path.substr(at, end - at));
    inner->set_help_flag();
    inner->fallthrough();
    at = end + 1;
  }
  Sink own;
  declare(*inner, command.options, own);
  inner->add_option("arguments", own.arguments);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return said(error, command);
  }
  if (auto good = take_common(common, command, result); !good) return good.error();
  if (auto good = take(command, own, *inner, result); !good) return good.error();
  result.command = &command;
  return result;
}

}  // namespace edgeherd::cli
