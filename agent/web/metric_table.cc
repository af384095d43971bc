#include "agent/web/metric_table.h"

#include <array>

namespace edgeherd::agent {
namespace {

using Value = std::optional<double>;

template <class T>
Value number(const std::optional<T>& value, double factor = 1) {
  return value ? Value(static_cast<double>(*value) * factor) : std::nullopt;
}

template <class T>
Value number(T value) {
  return static_cast<double>(value);
}

MonoTime from_box(const NodeView& view) {
  return view.reading.at;
}
MonoTime from_log(const NodeView& view) {
  return view.log_read_at.value_or(view.reading.at);
}

constexpr double seconds_per_ms = 1e-3;
constexpr double seconds_per_us = 1e-6;

// The member access is what differs from line to line.
#define EDGEHERD_BOX(expression) [](const NodeView& v) -> Value { return expression; }, from_box
#define EDGEHERD_LOG(member)                                                \
  [](const NodeView& v) -> Value {                                          \
    return v.reading.traffic ? number(v.reading.traffic->member) : Value(); \
  },                                                                        \
      from_log
#define EDGEHERD_STUB(member) \
  EDGEHERD_BOX(v.reading.stub_status ? number(v.reading.stub_status->member) : Value())
#define EDGEHERD_PRESSURE(which)                                                                \
  EDGEHERD_BOX(v.reading.which ? Value(static_cast<double>(v.reading.which->stalled_us_total) * \
                                       seconds_per_us)                                          \
                               : Value())

constexpr auto gauge = MetricType::gauge;
constexpr auto counter = MetricType::counter;

const std::array table{
    Metric{"uptime_seconds", "seconds", gauge, "Time since the agent started.",
           EDGEHERD_BOX(seconds(v.now - v.started))},
    Metric{"load1", "processes", gauge, "Load average of one minute.",
           EDGEHERD_BOX(number(v.reading.load1))},
    Metric{"load5", "processes", gauge, "Load average of five minutes.",
           EDGEHERD_BOX(number(v.reading.load5))},
    Metric{"load15", "processes", gauge, "Load average of fifteen minutes.",
           EDGEHERD_BOX(number(v.reading.load15))},
    Metric{"cpus", "cpus", gauge, "CPUs of the machine, or of the container's quota rounded up.",
           EDGEHERD_BOX(number(v.reading.cpus))},
    Metric{"cpu_busy_ratio", "ratio", gauge, "Share of CPU time in use since the sample before.",
           EDGEHERD_BOX(number(v.reading.cpu_busy_ratio))},
    Metric{"cpu_busy_seconds_total", "seconds", counter,
           "CPU time in use over all CPUs, steal included.",
           EDGEHERD_BOX(number(v.reading.cpu_busy_ms_total, seconds_per_ms))},
    Metric{"cpu_seconds_total", "seconds", counter, "CPU time that passed over all CPUs.",
           EDGEHERD_BOX(number(v.reading.cpu_total_ms_total, seconds_per_ms))},
    Metric{"memory_size_bytes", "bytes", gauge, "Memory of the machine or container.",
           EDGEHERD_BOX(number(v.reading.mem_total_bytes))},
    Metric{"memory_available_bytes", "bytes", gauge, "Memory available without swapping.",
           EDGEHERD_BOX(number(v.reading.mem_available_bytes))},
    Metric{"swap_size_bytes", "bytes", gauge, "Swap space.",
           EDGEHERD_BOX(number(v.reading.swap_total_bytes))},
    Metric{"swap_free_bytes", "bytes", gauge, "Swap space that is free.",
           EDGEHERD_BOX(number(v.reading.swap_free_bytes))},
    Metric{"cpu_stalled_seconds_total", "seconds", counter,
           "Time in which a task waited for a CPU.", EDGEHERD_PRESSURE(cpu_pressure)},
    Metric{"memory_stalled_seconds_total", "seconds", counter,
           "Time in which a task waited for memory.", EDGEHERD_PRESSURE(memory_pressure)},
    Metric{"io_stalled_seconds_total", "seconds", counter, "Time in which a task waited for IO.",
           EDGEHERD_PRESSURE(io_pressure)},
    Metric{"network_receive_bytes_total", "bytes", counter, "Bytes received on real interfaces.",
           EDGEHERD_BOX(number(v.reading.net_rx_bytes_total))},
    Metric{"network_transmit_bytes_total", "bytes", counter, "Bytes sent on real interfaces.",
           EDGEHERD_BOX(number(v.reading.net_tx_bytes_total))},
    Metric{"network_receive_bytes_per_second", "bytes per second", gauge,
           "Bytes received a second since the sample before.",
           EDGEHERD_BOX(number(v.reading.net_rx_bytes_per_s))},
    Metric{"network_transmit_bytes_per_second", "bytes per second", gauge,
           "Bytes sent a second since the sample before.",
           EDGEHERD_BOX(number(v.reading.net_tx_bytes_per_s))},
    Metric{"disk_read_bytes_total", "bytes", counter, "Bytes read from real disks.",
           EDGEHERD_BOX(number(v.reading.disk_read_bytes_total))},
    Metric{"disk_written_bytes_total", "bytes", counter, "Bytes written to real disks.",
           EDGEHERD_BOX(number(v.reading.disk_write_bytes_total))},
    Metric{"disk_busy_seconds_total", "seconds", counter,
           "Busy time of the busiest disk of each interval.",
           EDGEHERD_BOX(number(v.reading.disk_busy_ms_total, seconds_per_ms))},
    Metric{"disk_busy_ratio", "ratio", gauge,
           "Share of time in which the busiest disk was busy since the sample before.",
           EDGEHERD_BOX(number(v.reading.disk_busy_ratio))},
    Metric{"edge_connections", "connections", gauge, "Established connections on the edge ports.",
           EDGEHERD_BOX(number(v.reading.edge_connections))},
    Metric{"nginx_connections", "connections", gauge, "Open connections as nginx counts them.",
           EDGEHERD_STUB(active_connections)},
    Metric{"nginx_requests_total", "requests", counter,
           "Requests as nginx counts them, without the agent's own.",
           EDGEHERD_STUB(requests_total)},
    Metric{"requests_total", "requests", counter, "Requests in the access log.",
           EDGEHERD_LOG(requests_total)},
    Metric{"requests_per_second", "requests per second", gauge,
           "Requests a second since the sample before.", EDGEHERD_LOG(requests_per_s)},
    Metric{"errors_per_second", "requests per second", gauge,
           "Answers of class 5xx a second since the sample before.", EDGEHERD_LOG(errors_per_s)},
    Metric{"body_bytes_total", "bytes", counter, "Bytes sent according to the access log.",
           EDGEHERD_LOG(body_bytes_total)},
    Metric{"latency_p50_seconds", "seconds", gauge, "Median time to first byte of the last minute.",
           EDGEHERD_LOG(latency_p50_s)},
    Metric{"latency_p99_seconds", "seconds", gauge,
           "99th percentile of the time to first byte of the last minute.",
           EDGEHERD_LOG(latency_p99_s)},
    Metric{"log_foreign_lines_total", "lines", counter,
           "Lines of the access log that are not in the agreed format.",
           EDGEHERD_LOG(foreign_lines_total)},
};

#undef EDGEHERD_BOX
#undef EDGEHERD_LOG
#undef EDGEHERD_STUB
#undef EDGEHERD_PRESSURE

}  // namespace

std::span<const Metric> metrics() {
  return table;
}

}  // namespace edgeherd::agent
