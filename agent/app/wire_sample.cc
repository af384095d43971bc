#include "agent/app/wire_sample.h"

namespace edgeherd::agent {
namespace {

std::optional<std::uint64_t> stalled(const std::optional<Pressure>& pressure) {
  return pressure ? std::optional(pressure->stalled_us_total) : std::nullopt;
}

}  // namespace

void fill_sample(const NodeView& view, wire::Sample& sample) {
  const auto& reading = view.reading;
  sample.uptime_ms = static_cast<std::uint64_t>(millis(reading.at.time_since_epoch()));
  sample.ready = view.ready();
  sample.failing = view.health.failing;
  sample.load1 = reading.load1;
  sample.cpus = reading.cpus;
  sample.cpu_busy_ms = reading.cpu_busy_ms_total;
  sample.mem_total_bytes = reading.mem_total_bytes;
  sample.mem_available_bytes = reading.mem_available_bytes;
  sample.psi_cpu_us = stalled(reading.cpu_pressure);
  sample.psi_memory_us = stalled(reading.memory_pressure);
  sample.psi_io_us = stalled(reading.io_pressure);
  sample.net_rx_bytes = reading.net_rx_bytes_total;
  sample.net_tx_bytes = reading.net_tx_bytes_total;
  sample.disk_read_bytes = reading.disk_read_bytes_total;
  sample.disk_write_bytes = reading.disk_write_bytes_total;
  sample.disk_busy_ms = reading.disk_busy_ms_total;
  sample.connections = reading.edge_connections;
  if (reading.stub_status) sample.stub_requests = reading.stub_status->requests_total;
  // Without figures the coordinator knows nothing of the traffic; with those of a log that is not
  // read, or not written, it would see none.
  if (!reading.traffic || !view.log_trouble.empty()) return;
  const auto& traffic = *reading.traffic;
  sample.requests = traffic.requests_total;
  sample.requests_until_ms = traffic.newest_unix_ms;
  sample.status_classes.assign(traffic.status_classes.begin(), traffic.status_classes.end());
  sample.body_bytes = traffic.body_bytes_total;
}

}  // namespace edgeherd::agent
