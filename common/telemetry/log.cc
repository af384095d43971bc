#include "common/telemetry/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace edgeherd::telemetry {

namespace {

constexpr const char* pattern = "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";

constexpr std::array<std::pair<std::string_view, Level>, 4> level_names{
    {{"debug", Level::debug},
     {"info", Level::info},
     {"warning", Level::warning},
     {"error", Level::error}}};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, Level level) {
  auto logger = std::make_shared<spdlog::logger>("edgeherd", std::move(sink));
  logger->set_formatter(
      std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
  logger->set_level(to_spdlog(level));
  // A record that waits in a buffer is missing when it is wanted most.
  logger->flush_on(spdlog::level::debug);
  // A full disk under the log must neither stop the program nor flood standard error.
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

// The logger in use. Replaced as a whole, so that a writer never meets one that is half set up.
struct Log {
  std::mutex mutex;
  LogOptions options;
  std::shared_ptr<spdlog::logger> logger =
      make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), Level::info);
};

Log& the_log() {
  static Log log;
  return log;
}

std::shared_ptr<spdlog::logger> current() {
  const std::lock_guard lock(the_log().mutex);
  return the_log().logger;
}

Result<spdlog::sink_ptr> open_sink(const std::string& file) {
  try {
    if (file.empty()) return spdlog::sink_ptr(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    return spdlog::sink_ptr(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file));
  } catch (const spdlog::spdlog_ex& failure) {
    return fail(Errc::unavailable, "opening the log " + file + ": " + failure.what());
  }
}

}  // namespace

Result<Level> parse_level(std::string_view name) {
  for (const auto& [known, level] : level_names) {
    if (known == name) return level;
  }
  return fail(Errc::invalid, "log level \"" + printable(name.substr(0, 40)) +
                                 "\" is none of debug, info, warning, error");
}

Status setup_log(const LogOptions& options) {
  auto sink = open_sink(options.file);
  if (!sink) return sink.error();
  auto logger = make_logger(std::move(*sink), options.level);
  const std::lock_guard lock(the_log().mutex);
  the_log().options = options;
  the_log().logger = std::move(logger);
  return {};
}

Status reopen_log() {
  LogOptions options;
  {
    const std::lock_guard lock(the_log().mutex);
    options = the_log().options;
  }
  return setup_log(options);
}

bool logs(Level level) {
  return current()->should_log(to_spdlog(level));
}

void log(Level level, std::string_view component, std::string_view text) {
  const auto logger = current();
  if (!logger->should_log(to_spdlog(level))) return;
  // Passed as an argument: braces in the text are text.
  logger->log(to_spdlog(level), "{}: {}", printable(component), printable(text));
}

std::string printable(std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  const bool cut = text.size() > max_record_bytes;
  std::string result;
  result.reserve(std::min(text.size(), max_record_bytes) + 8);
  for (const char c : text.substr(0, max_record_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += "\\x";
      result += hex[byte >> 4];
      result += hex[byte & 15];
    } else {
      result += c;
    }
  }
  if (cut) result += "...";
  return result;
}

}  // namespace edgeherd::telemetry
