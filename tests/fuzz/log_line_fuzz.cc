// Any bytes: a line is parsed or foreign, whatever the positions; what is parsed is within its
// bounds, and a tailer that reads the bytes in small blocks counts the same lines as one that reads
// them whole.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "agent/logs/log_line.h"
#include "agent/logs/tailer.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"

using namespace edgeherd;

namespace {

void check_line(std::string_view line, const logs::LogFormat& format) {
  logs::LogRecord record;
  if (!logs::parse_log_line(line, format, record)) return;
  const bool good = record.status_class >= 0 && record.status_class <= 5 &&
                    record.latency_seconds < 2e12 && sketch_bucket(record.latency_seconds) >= 0;
  if (!good) std::abort();
}

logs::TailCounters tail(std::string_view text, std::size_t block) {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  logs::TailerConfig config;
  config.access_log = "/log";
  config.block_bytes = block;
  config.line_limit_bytes = 256;
  logs::Tailer tailer(files, config);
  tailer.poll(loop.clock().mono());
  auto file = files.open("/log", OpenMode::append);
  if (!file || !(*file)->append(text)) std::abort();
  tailer.poll(loop.clock().mono());
  return tailer.counters();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 5) return 0;
  logs::LogFormat format;
  format.msec = data[0] % 8 - 1;
  format.status = data[1] % 8 - 1;
  format.bytes_sent = data[2] % 8 - 1;
  format.request_time = data[3] % 8 - 1;
  format.upstream_header_time = data[4] % 8 - 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 5, size - 5);
  check_line(text, format);
  check_line(text, {});
  if (text.size() > 4096) return 0;
  const logs::TailCounters whole = tail(text, 4096);
  const logs::TailCounters pieces = tail(text, 1 + data[0] % 16);
  const auto breaks = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  if (whole.lines() != breaks || pieces.lines() != breaks) std::abort();
  if (whole.requests != pieces.requests || whole.long_lines != pieces.long_lines) std::abort();
  return 0;
}
