// A view with something in every member, and a source around it.
#pragma once

#include "agent/web/node_view.h"

namespace edgeherd::test {

inline MonoTime at(int s) {
  return MonoTime{std::chrono::seconds(s)};
}

inline agent::NodeView sample_view() {
  using namespace agent;
  NodeView view;
  view.node = "node-7";
  view.zone = "local/lon1";
  view.agent_version = "0.1.0";
  view.image_version = "img-3";
  view.started = at(100);
  view.now = at(200);
  view.health.checks = {
      {"edge", "http", {Outcome::pass, "answered 200"}, at(199), Outcome::pass},
      {"disk", "disk_free", {Outcome::unknown, "has not run yet"}, std::nullopt, std::nullopt}};
  view.health.failing = {"disk"};
  auto& reading = view.reading;
  reading.at = at(200);
  reading.load1 = 0.25;
  reading.cpus = 2;
  reading.cpu_busy_ratio = 0.5;
  reading.cpu_busy_ms_total = 1500;
  reading.mem_total_bytes = 2'000'000'000;
  reading.mem_available_bytes = 500'000'000;
  reading.cpu_pressure = Pressure{2'500'000, 1.0};
  reading.net_tx_bytes_total = 123'456'789'012;
  reading.edge_connections = 17;
  Traffic traffic;
  traffic.requests_total = 10;
  traffic.status_classes = {0, 8, 0, 1, 1};
  traffic.requests_per_s = 2.5;
  traffic.latency_p99_s = 0.125;
  reading.traffic = traffic;
  view.log_read_at = at(200);
  SparseSketch latency;
  latency.add(sketch_bucket(0.003), 7);
  latency.add(sketch_bucket(0.2), 3);
  view.latency = latency;
  view.shipping = Shipping{3, 4096, 12, 34567, 0, 15, 1, ""};
  view.coordinators = {{"tcp://127.0.0.1:7171", "ready", 2s, 100, 0, 0, ""}};
  for (int i = 0; i < 50; ++i) view.history.add(reading);
  return view;
}

class SampleSource final : public agent::NodeViewSource {
 public:
  agent::NodeView current = sample_view();
  std::uint64_t number = 1;
  [[nodiscard]] const agent::NodeView& view() const override { return current; }
  [[nodiscard]] std::uint64_t revision() const override { return number; }
};

}  // namespace edgeherd::test
