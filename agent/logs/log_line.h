// One line of nginx's access log (docs/log-contract.md) to the numbers that the agent wants of it.
//
// Fields are separated by single or repeated spaces. A field in double quotes may hold spaces.
// nginx joins the times of several upstreams by ", " and " : ": such a list is one field. No
// allocation. Thread: none; pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace edgeherd::logs {

// Where the wanted fields stand, counted from 0; `absent` for one that the format does not have.
struct LogFormat {
  static constexpr int absent = -1;
  int msec = 0;                  // $msec
  int status = 1;                // $status
  int bytes_sent = 2;            // $bytes_sent
  int request_time = 3;          // $request_time
  int upstream_header_time = 4;  // $upstream_header_time
};

// Bodies up to here tell the time to first byte by $request_time when no upstream was asked.
inline constexpr std::uint64_t small_body_bytes = 64 * 1024;

struct LogRecord {
  std::uint64_t msec = 0;  // Unix ms; 0 when the format has no $msec
  int status_class = 0;    // 1..5 for 1xx..5xx, 0 for anything else (nginx writes 000)
  std::uint64_t bytes_sent = 0;
  // Time to first byte: the last upstream's header time, else the request time of a small body.
  // Negative when the line tells none.
  double latency_seconds = -1;
};

// False when the line is not of this format (then `record` holds nothing of use): a wanted field is
// missing or is no number. Such a line is foreign: counted, never guessed at.
[[nodiscard]] bool parse_log_line(std::string_view line, const LogFormat& format,
                                  LogRecord& record);

}  // namespace edgeherd::logs
