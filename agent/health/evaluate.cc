#include "agent/health/evaluate.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <system_error>

#include <sys/timex.h>

#include "agent/collect/scan.h"
#include "common/core/number.h"
#include "common/os/proc_file.h"

namespace edgeherd::agent {
namespace {

Finding pass(std::string reason) {
  return {Outcome::pass, std::move(reason)};
}
Finding fail_because(std::string reason) {
  return {Outcome::fail, std::move(reason)};
}
Finding unknown(std::string reason) {
  return {Outcome::unknown, std::move(reason)};
}

// mountinfo writes blanks, tabs, line ends and backslashes in octal: "\040".
std::string unescape_octal(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto code = text.size() >= 4 && text[0] == '\\'
                          ? parse_number<std::uint64_t>(text.substr(1, 3), 8)
                          : std::nullopt;
    if (code && *code < 256) {
      plain += static_cast<char>(*code);
      text.remove_prefix(4);
    } else {
      plain += text.front();
      text.remove_prefix(1);
    }
  }
  return plain;
}

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string errno_text(int number) {
  return std::generic_category().message(number);
}

std::string amount(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GB", bytes / 1e9);
  return text;
}

std::string percentage(double percent) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", percent);
  return text;
}

}  // namespace

Finding evaluate(const MountCheck& check, const std::string& root) {
  auto file = os::HeldFile::open(root + "/proc/self/mountinfo");
  const auto text = file ? file->read() : file.error();
  if (!text) return unknown(text.error().message);
  const auto wanted = without_trailing_slash(check.path);
  auto rest = *text;
  while (const auto whole = next_whole_line(rest)) {
    auto line = *whole;
    for (int skipped = 0; skipped < 4; ++skipped) next_word(line);  // ids, device, root
    if (unescape_octal(next_word(line)) == wanted) return pass(wanted + " is mounted");
  }
  return fail_because(wanted + " is not a mount point");
}

Finding evaluate(const DiskFreeCheck& check) {
  struct statvfs disk {};
  if (::statvfs(check.path.c_str(), &disk) != 0) {
    return unknown(check.path + ": " + errno_text(errno));
  }
  return evaluate(check, disk);
}

Finding evaluate(const DiskFreeCheck& check, const struct statvfs& disk) {
  if ((disk.f_flag & ST_RDONLY) != 0) {
    return fail_because(check.path + ": the file system is read-only: nothing is free");
  }
  // As df(1): what an ordinary user can use, of what ordinary users use and can use.
  const double unit = static_cast<double>(disk.f_frsize);
  const double free = static_cast<double>(disk.f_bavail) * unit;
  const double used = static_cast<double>(disk.f_blocks - disk.f_bfree) * unit;
  if (free + used <= 0) return unknown(check.path + ": the file system states no size");
  const double percent = 100 * free / (free + used);
  const auto found = check.path + ": " + amount(free) + " free, " + percentage(percent);
  if (percent < check.percent) return fail_because(found + ", below " + percentage(check.percent));
  if (free < static_cast<double>(check.bytes)) {
    return fail_because(found + ", below " + amount(static_cast<double>(check.bytes)));
  }
  return pass(found);
}

Finding evaluate(const ClockOffsetCheck& check) {
  timex state{};
  const int answer = ::adjtimex(&state);
  if (answer < 0) return unknown("adjtimex: " + errno_text(errno));
  const auto error = std::chrono::microseconds(state.maxerror);
  const auto limit = std::to_string(millis(check.max_error)) + " ms";
  if (answer == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
    return fail_because("the kernel says that its clock is not synchronised");
  }
  const auto found = "clock within " + std::to_string(millis(error)) + " ms";
  if (error > check.max_error) return fail_because(found + " only, limit " + limit);
  return pass(found);
}

Finding evaluate(const HttpCheck& check, const http::Response& answer) {
  const auto status = "answered " + std::to_string(answer.status);
  if (answer.status < check.status_from || answer.status > check.status_to) {
    return fail_because(status + ", expected " + std::to_string(check.status_from) + " to " +
                        std::to_string(check.status_to));
  }
  if (!check.contains.empty() && answer.body.find(check.contains) == std::string::npos) {
    return fail_because(status + " without the expected text in its body");
  }
  return pass(status);
}

}  // namespace edgeherd::agent
