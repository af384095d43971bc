// Reading: everything the agent knows about its box at one moment.
//
// A member without a value is absent: the kernel lacks it, the file broke off, or two readings are
// needed first. Absent is never 0. Totals count growth since the agent started and never fall, also
// when the counter behind them wraps, resets or disappears. Thread: a value type.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/core/clock.h"

namespace edgeherd::agent {

// Pressure stall information ("some": at least one task waited), docs.kernel.org/accounting/psi.
struct Pressure {
  std::uint64_t stalled_us_total = 0;
  double avg10_percent = 0;
};

// What nginx's stub_status says of itself.
struct StubStatus {
  std::uint64_t active_connections = 0;
  std::uint64_t requests_total = 0;  // since the agent started, less our own probes
  std::optional<double> requests_per_s;
};

// What the access log says; filled in from the tailer.
struct Traffic {
  std::uint64_t requests_total = 0;
  std::uint64_t body_bytes_total = 0;
  std::array<std::uint64_t, 5> status_classes{};  // 1xx to 5xx
  std::uint64_t foreign_lines_total = 0;          // lines that are not in the agreed format
  std::optional<std::uint64_t> newest_unix_ms;    // $msec of the newest line
  std::optional<double> requests_per_s;
  std::optional<double> errors_per_s;   // answers of class 5xx
  std::optional<double> latency_p50_s;  // of the last minute
  std::optional<double> latency_p99_s;
};

struct Reading {
  MonoTime at{};  // when the collectors ran

  std::optional<double> load1;
  std::optional<double> load5;
  std::optional<double> load15;

  std::optional<std::uint32_t> cpus;
  std::optional<std::uint64_t> cpu_busy_ms_total;  // over all CPUs, steal included
  std::optional<std::uint64_t> cpu_total_ms_total;
  std::optional<double> cpu_busy_ratio;  // 0 to 1, since the reading before

  std::optional<std::uint64_t> mem_total_bytes;
  std::optional<std::uint64_t> mem_available_bytes;
  std::optional<std::uint64_t> swap_total_bytes;
  std::optional<std::uint64_t> swap_free_bytes;

  std::optional<Pressure> cpu_pressure;
  std::optional<Pressure> memory_pressure;
  std::optional<Pressure> io_pressure;

  std::optional<std::uint64_t> net_rx_bytes_total;
  std::optional<std::uint64_t> net_tx_bytes_total;
  std::optional<double> net_rx_bytes_per_s;
  std::optional<double> net_tx_bytes_per_s;

  std::optional<std::uint64_t> disk_read_bytes_total;
  std::optional<std::uint64_t> disk_write_bytes_total;
  std::optional<std::uint64_t> disk_busy_ms_total;  // of the busiest device of each interval
  std::optional<double> disk_read_bytes_per_s;
  std::optional<double> disk_write_bytes_per_s;
  std::optional<double> disk_busy_ratio;  // 0 to 1, the busiest device

  std::optional<std::uint32_t> edge_connections;  // established, on the edge ports
  std::optional<StubStatus> stub_status;
  std::optional<Traffic> traffic;
};

}  // namespace edgeherd::agent
