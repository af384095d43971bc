#include "coordinator/observe/convert.h"

#include <utility>

namespace edgeherd::observe {

namespace {

constexpr std::size_t responses_5xx = 4;  // of wire::Sample::status_classes

model::CommandAnswered::Outcome outcome(wire::CommandState state) {
  using Outcome = model::CommandAnswered::Outcome;
  switch (state) {
    case wire::CommandState::accepted:
      return Outcome::accepted;
    case wire::CommandState::done:
      return Outcome::done;
    case wire::CommandState::failed:
      return Outcome::failed;
    case wire::CommandState::refused:
      return Outcome::refused;
  }
  return Outcome::failed;
}

model::Severity severity(const std::string& text) {
  if (text == "info") return model::Severity::info;
  if (text == "alarm") return model::Severity::alarm;
  return model::Severity::warning;
}

}  // namespace

model::Sample to_model(wire::Sample&& sample) {
  model::Sample result;
  result.boot_id = std::move(sample.boot_id);
  result.seq = sample.seq;
  result.uptime_ms = sample.uptime_ms;
  result.ready = sample.ready;
  result.failing = std::move(sample.failing);
  result.cpus = sample.cpus;
  result.cpu_busy_ms = sample.cpu_busy_ms;
  result.net_tx_bytes = sample.net_tx_bytes;
  result.disk_busy_ms = sample.disk_busy_ms;
  result.connections = sample.connections;
  result.requests = sample.requests;
  result.requests_until_ms = sample.requests_until_ms;
  result.stub_requests = sample.stub_requests;
  result.latency = std::move(sample.latency);
  if (sample.status_classes.size() > responses_5xx) {
    result.errors_5xx = sample.status_classes[responses_5xx];
  }
  result.log_lines_lost = sample.log_lines_lost;
  result.spool_segments = sample.spool_segments;
  return result;
}

model::HelloHeard to_model(const NodeId& node, const wire::Hello& hello) {
  return {node,
          hello.vm_id,
          hello.boot_id,
          hello.image_version,
          hello.config_digest,
          hello.drain_state,
          hello.highest_epoch};
}

model::CommandAnswered to_model(const NodeId& node, const wire::CommandStatus& status) {
  return {node, status.action, outcome(status.state), status.message};
}

model::AgentSpoke to_model(const NodeId& node, const ZoneId& zone, const wire::Event& event) {
  return {node, {severity(event.severity), event.code, event.text, node, zone}};
}

}  // namespace edgeherd::observe
