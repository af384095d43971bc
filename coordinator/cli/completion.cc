#include "coordinator/cli/completion.h"

#include <set>

#include "coordinator/cli/command.h"

namespace edgeherd::cli {

namespace {

std::string joined(const std::set<std::string>& words, std::string_view between) {
  std::string result;
  for (const std::string& word : words) {
    result += (result.empty() ? "" : std::string(between)) + word;
  }
  return result;
}

// What may stand in a place, as the shell functions below name it.
std::string_view source(Kind kind) {
  switch (kind) {
    case Kind::zone:
      return "zones";
    case Kind::node:
      return "nodes";
    case Kind::path:
      return "files";
    case Kind::shell:
      return "shells";
    default:
      return "nothing";
  }
}

std::set<std::string> first_words() {
  std::set<std::string> words;
  for (const Command& command : commands()) {
    words.emplace(command.path.substr(0, command.path.find(' ')));
  }
  return words;
}

// "config" and "enroll", each with the words that follow it.
std::string second_words() {
  std::string result;
  for (const std::string& first : first_words()) {
    std::set<std::string> seconds;
    for (const Command& command : commands()) {
      if (command.path.starts_with(first + " ")) {
        seconds.emplace(command.path.substr(first.size() + 1));
      }
    }
    if (seconds.empty()) continue;
    result += "    '" + first + "') echo '" + joined(seconds, " ") + "' ;;\n";
  }
  return result;
}

std::string option_words(const std::vector<OptionSpec>& options) {
  std::set<std::string> words;
  for (const OptionSpec& option : options) words.insert("--" + std::string(option.name));
  return joined(words, " ");
}

std::string options_of_commands() {
  std::string result;
  for (const Command& command : commands()) {
    if (command.options.empty()) continue;
    result += "    '" + std::string(command.path) + "') echo '" + option_words(command.options) +
              "' ;;\n";
  }
  return result;
}

std::string arguments_of_commands() {
  std::string result;
  for (const Command& command : commands()) {
    if (command.arguments.empty()) continue;
    result += "    '" + std::string(command.path) + "') echo " +
              std::string(source(command.arguments.front().kind)) + " ;;\n";
  }
  return result;
}

std::string option_values() {
  std::set<std::string> seen;
  std::string result;
  const auto add = [&](const std::vector<OptionSpec>& options) {
    for (const OptionSpec& option : options) {
      if (option.kind == Kind::flag || !seen.emplace(option.name).second) continue;
      const bool output = option.name == "output";
      result += "    --" + std::string(option.name) + (output ? "|-o" : "") + ") echo " +
                std::string(output ? "formats" : source(option.kind)) + " ;;\n";
    }
  };
  add(common_options());
  for (const Command& command : commands()) add(command.options);
  return result;
}

// Written for both shells: POSIX but for `local`.
std::string tables() {
  return "_edgeherd_second() {\n  case \"$1\" in\n" + second_words() +
         "  esac\n}\n\n"
         "_edgeherd_options() {\n  echo '" +
         option_words(common_options()) + " -o'\n  case \"$1\" in\n" + options_of_commands() +
         "  esac\n}\n\n"
         "# What stands in a command's place for arguments, and behind an option.\n"
         "_edgeherd_argument() {\n  case \"$1\" in\n" +
         arguments_of_commands() +
         "  esac\n}\n\n"
         "_edgeherd_value() {\n  case \"$1\" in\n" +
         option_values() +
         "  esac\n}\n\n"
         "# A coordinator that does not answer must not keep the shell waiting.\n"
         "_edgeherd_words() {\n  case \"$1\" in\n"
         "    zones|nodes) timeout 2 edgeherd \"$1\" -o names 2>/dev/null ;;\n"
         "    shells) echo 'bash zsh' ;;\n"
         "    formats) echo 'table json names' ;;\n"
         "  esac\n}\n\n";
}

// Fills `command` and `before` from the words before the one that is completed.
constexpr std::string_view find_command_bash = R"(_edgeherd() {
  local current="${COMP_WORDS[COMP_CWORD]}" command='' skip='' word kind='' words=''
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -n $skip ]]; then
      skip=''
    elif [[ $word == -* ]]; then
      [[ -n $(_edgeherd_value "$word") ]] && skip=yes
    elif [[ -z $command ]]; then
      command=$word
    elif [[ " $(_edgeherd_second "$command") " == *" $word "* ]]; then
      command="$command $word"
    fi
  done
  if [[ -n $skip ]]; then
    kind=$(_edgeherd_value "${COMP_WORDS[COMP_CWORD-1]}")
  elif [[ $current == -* ]]; then
    words=$(_edgeherd_options "$command")
  elif [[ -z $command ]]; then
    words=$_edgeherd_commands
  elif [[ -n $(_edgeherd_second "$command") ]]; then
    words=$(_edgeherd_second "$command")
  else
    kind=$(_edgeherd_argument "$command")
  fi
  [[ -n $kind ]] && words=$(_edgeherd_words "$kind")
  COMPREPLY=()
  if [[ $kind == files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -F _edgeherd edgeherd
)";

constexpr std::string_view find_command_zsh = R"(_edgeherd() {
  local current="${words[CURRENT]}" command='' skip='' word kind='' found=''
  for word in "${(@)words[2,CURRENT-1]}"; do
    if [[ -n $skip ]]; then
      skip=''
    elif [[ $word == -* ]]; then
      [[ -n $(_edgeherd_value "$word") ]] && skip=yes
    elif [[ -z $command ]]; then
      command=$word
    elif [[ " $(_edgeherd_second "$command") " == *" $word "* ]]; then
      command="$command $word"
    fi
  done
  if [[ -n $skip ]]; then
    kind=$(_edgeherd_value "${words[CURRENT-1]}")
  elif [[ $current == -* ]]; then
    found=$(_edgeherd_options "$command")
  elif [[ -z $command ]]; then
    found=$_edgeherd_commands
  elif [[ -n $(_edgeherd_second "$command") ]]; then
    found=$(_edgeherd_second "$command")
  else
    kind=$(_edgeherd_argument "$command")
  fi
  if [[ $kind == files ]]; then
    _files
    return
  fi
  [[ -n $kind ]] && found=$(_edgeherd_words "$kind")
  compadd -- ${=found}
}
compdef _edgeherd edgeherd
)";

std::string script(std::string_view first_line, std::string_view shell, std::string_view rest) {
  return std::string(first_line) + "# Made by `edgeherd completion " + std::string(shell) +
         "`.\n\n_edgeherd_commands='" + joined(first_words(), " ") + "'\n\n" + tables() +
         std::string(rest);
}

}  // namespace

std::string bash_completion() {
  return script("# Completion of edgeherd for bash 4 and later.\n", "bash", find_command_bash);
}

std::string zsh_completion() {
  return script("#compdef edgeherd\n# Completion of edgeherd for zsh.\n", "zsh", find_command_zsh);
}

void run_completion(Context& context) {
  const std::string& shell = context.asked.arguments.front();
  if (shell != "bash" && shell != "zsh") {
    throw usage_error("there is no completion for \"" + shell + "\"", "there is: bash, zsh");
  }
  context.terminal.out() << (shell == "bash" ? bash_completion() : zsh_completion());
}

}  // namespace edgeherd::cli
