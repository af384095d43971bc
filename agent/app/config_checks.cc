#include "agent/app/config_checks.h"

#include <string>
#include <utility>

#include "common/core/text.h"

namespace edgeherd::agent {
namespace {

using config::Need;
using config::Section;

// What a SAMPLE holds: one that is larger is refused as a whole.
constexpr std::size_t max_checks = 64;
constexpr std::size_t max_name_bytes = 64;

enum class Kind { http, process, mount, disk_free, clock_offset };

// "status": 200 or [200, 399].
void read_status(Section& section, HttpCheck& check) {
  const auto* value = section.raw("status");
  if (value == nullptr) return;
  const auto whole = [](const config::Value& number) {
    const auto* found = std::get_if<std::int64_t>(&number.data);
    return found != nullptr && *found >= 100 && *found <= 599 ? static_cast<int>(*found) : 0;
  };
  if (const auto* range = value->array(); range != nullptr && range->size() == 2) {
    check.status_from = whole((*range)[0]);
    check.status_to = whole((*range)[1]);
  } else {
    check.status_from = check.status_to = whole(*value);
  }
  if (check.status_from == 0 || check.status_to < check.status_from) {
    section.problem("status", "\"status\" must be a status from 100 to 599, or [from, to]");
  }
}

HttpCheck read_http(Section& section) {
  HttpCheck check;
  section.text("url", check.url, Need::required);
  if (!check.url.empty() && !check.url.starts_with("http://") &&
      !check.url.starts_with("https://")) {
    section.problem("url", "\"url\" must begin with http:// or https://");
  }
  read_status(section, check);
  section.text("contains", check.contains, Need::optional);
  return check;
}

ProcessCheck read_process(Section& section) {
  ProcessCheck check;
  section.text("pid_file", check.pid_file, Need::optional);
  section.text("process_name", check.name, Need::optional);
  section.text("command_line", check.command_line, Need::optional);
  const bool none = check.pid_file.empty() && check.name.empty() && check.command_line.empty();
  if (none || (!check.name.empty() && !check.command_line.empty())) {
    section.problem(
        "a process check wants \"pid_file\", or one of \"process_name\" and \"command_line\", or "
        "\"pid_file\" and one of these");
  }
  return check;
}

DiskFreeCheck read_disk_free(Section& section) {
  constexpr double default_percent = 5;
  DiskFreeCheck check;
  section.text("path", check.path, Need::required);
  if (!section.has("bytes")) check.percent = default_percent;
  section.number("percent", check.percent, 0, 100, Need::optional);
  section.bytes("bytes", check.bytes, 0, 1ULL << 60, Need::optional);
  return check;
}

CheckKind read_kind(Kind kind, Section& section) {
  switch (kind) {
    case Kind::http:
      return read_http(section);
    case Kind::process:
      return read_process(section);
    case Kind::mount: {
      MountCheck check;
      section.text("path", check.path, Need::required);
      return check;
    }
    case Kind::disk_free:
      return read_disk_free(section);
    case Kind::clock_offset:
      break;
  }
  ClockOffsetCheck check;
  section.duration("max_error", check.max_error, 1ms, 1h, Need::optional);
  return check;
}

}  // namespace

std::vector<CheckSpec> read_checks(Section& root) {
  std::vector<CheckSpec> checks;
  for (auto& [name, section] : root.sections("checks", Need::optional)) {
    CheckSpec spec;
    spec.name = name;
    if (name.empty() || name.size() > max_name_bytes || !is_clean(name)) {
      section.problem("the name of a check has 1 to " + std::to_string(max_name_bytes) +
                      " bytes, and no control characters");
    }
    Kind kind = Kind::http;
    section.choice("kind", kind,
                   {{"http", Kind::http},
                    {"process", Kind::process},
                    {"mount", Kind::mount},
                    {"disk_free", Kind::disk_free},
                    {"clock_offset", Kind::clock_offset}},
                   Need::required);
    spec.kind = read_kind(kind, section);
    section.duration("period", spec.period, 100ms, 1h, Need::optional);
    section.duration("timeout", spec.timeout, 10ms, 1min, Need::optional);
    section.finish();
    checks.push_back(std::move(spec));
  }
  if (checks.size() > max_checks) {
    root.problem("checks", "at most " + std::to_string(max_checks) + " checks can be configured");
  }
  return checks;
}

}  // namespace edgeherd::agent
