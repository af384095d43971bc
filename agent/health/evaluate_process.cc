#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "agent/collect/scan.h"
#include "agent/health/evaluate.h"
#include "common/core/number.h"
#include "common/os/proc_file.h"

namespace edgeherd::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t comm_limit = 15;  // the kernel keeps so much of a name

std::optional<std::string> slurp(const std::string& path) {
  auto file = os::HeldFile::open(path);
  if (!file) return std::nullopt;
  const auto text = file->read();
  if (!text) return std::nullopt;
  return std::string(*text);
}

// "1234 (name) S ...": the name may hold blanks and brackets, so the state is behind the last one.
bool lives(const std::string& folder) {
  const auto stat = slurp(folder + "/stat");
  if (!stat) return false;
  const auto close = stat->rfind(')');
  if (close == std::string::npos || close + 2 >= stat->size()) return false;
  const char state = (*stat)[close + 2];
  return state != 'Z' && state != 'X';
}

bool matches(const ProcessCheck& check, const std::string& folder) {
  if (!check.name.empty()) {
    return slurp(folder + "/comm") == check.name.substr(0, comm_limit) + '\n';
  }
  auto line = slurp(folder + "/cmdline");
  if (!line) return false;
  std::ranges::replace(*line, '\0', ' ');
  return line->find(check.command_line) != std::string::npos;
}

const std::string& wanted_name(const ProcessCheck& check) {
  return check.name.empty() ? check.command_line : check.name;
}

Finding by_pid_file(const ProcessCheck& check, const std::string& root) {
  const auto text = slurp(check.pid_file);
  if (!text) return {Outcome::fail, check.pid_file + " cannot be read"};
  std::string_view rest = *text;
  auto line = next_line(rest);
  const auto pid = next_u64(line);
  if (!pid || *pid == 0) return {Outcome::fail, check.pid_file + " holds no process id"};
  const auto id = std::to_string(*pid);
  const auto folder = root + "/proc/" + id;
  const auto found = "process " + id + " of " + check.pid_file;
  if (!lives(folder)) return {Outcome::fail, found + " does not live"};
  const bool named = !check.name.empty() || !check.command_line.empty();
  if (named && !matches(check, folder)) {
    return {Outcome::fail, found + " is not \"" + wanted_name(check) + "\""};
  }
  return {Outcome::pass, "process " + id + " lives"};
}

}  // namespace

Finding evaluate(const ProcessCheck& check, const std::string& root) {
  if (!check.pid_file.empty()) return by_pid_file(check, root);
  std::error_code error;
  bool any = false;
  for (fs::directory_iterator entry(root + "/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const auto id = entry->path().filename().string();
    if (!parse_number<std::uint64_t>(id)) continue;
    any = true;
    const auto folder = entry->path().string();
    if (matches(check, folder) && lives(folder)) return {Outcome::pass, "process " + id + " lives"};
  }
  if (error || !any) return {Outcome::unknown, "the list of processes cannot be read"};
  return {Outcome::fail, "no process \"" + wanted_name(check) + "\""};
}

}  // namespace edgeherd::agent
