// The figures of the parts that the controller does not know, for /metrics.
#include "coordinator/app/parts.h"

namespace edgeherd::app {

namespace {

constexpr std::string_view received_names[] = {
    "enroll",      "enroll_reply",   "hello",          "hello_reply",    "sample",
    "event",       "command",        "command_status", "upload_request", "upload_grant",
    "upload_done", "upload_verdict", "heartbeat"};

double count(std::uint64_t value) {
  return static_cast<double>(value);
}

void add_gateway(std::vector<web::Gauge>& out, const observe::Gateway& gateway,
                 const desk::AgentDesk& desk) {
  const observe::GatewayCounters& counters = gateway.core().counters();
  for (std::size_t i = 0; i < counters.received.size(); ++i) {
    if (counters.received[i] == 0) continue;
    out.push_back({"edgeherd_gateway_messages_total",
                   "Messages from agents, by type.",
                   {{"type", std::string(received_names[i])}},
                   count(counters.received[i])});
  }
  for (std::size_t i = 0; i < observe::drop_reasons; ++i) {
    out.push_back({"edgeherd_gateway_dropped_total",
                   "Messages that were dropped, by reason.",
                   {{"reason", std::string(to_string(static_cast<observe::Drop>(i)))}},
                   count(counters.dropped[i])});
  }
  out.push_back({"edgeherd_gateway_sent_total", "Messages to agents.", {}, count(counters.sent)});
  out.push_back({"edgeherd_gateway_agents",
                 "Agents that have greeted and may be connected.",
                 {},
                 count(gateway.core().greeted_count())});
  out.push_back({"edgeherd_gateway_connections",
                 "Connections of the ports.",
                 {{"port", "fleet"}},
                 static_cast<double>(gateway.fleet().connections())});
  out.push_back({"edgeherd_gateway_connections",
                 "Connections of the ports.",
                 {{"port", "enroll"}},
                 static_cast<double>(gateway.enroll().connections())});
  out.push_back({"edgeherd_gateway_zap_alive",
                 "0 when nobody can connect any more.",
                 {},
                 gateway.zap().alive() ? 1.0 : 0.0});
  out.push_back({"edgeherd_gateway_strangers_total",
                 "Messages of admitted keys that are no node's.",
                 {},
                 count(desk.strangers())});
  out.push_back({"edgeherd_enrolments_wrong_token_total",
                 "Enrolments refused for their token.",
                 {},
                 count(desk.wrong_tokens())});
}

void add_notify(std::vector<web::Gauge>& out, const notify::FanOut& targets) {
  for (const auto& target : targets.targets()) {
    const notify::OutboxCounters& counters = target.outbox->counters();
    const std::vector<std::pair<std::string, std::string>> labels{{"target", target.name}};
    out.push_back({"edgeherd_notify_delivered_total", "Notifications delivered.", labels,
                   count(counters.delivered)});
    out.push_back({"edgeherd_notify_failed_total", "Attempts to notify that failed.", labels,
                   count(counters.attempts_failed)});
    out.push_back({"edgeherd_notify_lost_total",
                   "Notifications given up, or dropped from a full queue.", labels,
                   count(counters.given_up + counters.dropped)});
    out.push_back({"edgeherd_notify_waiting", "Notifications in the queue.", labels,
                   count(counters.waiting)});
  }
}

}  // namespace

std::vector<web::NotifyTarget> App::Parts::notify_targets() const {
  std::vector<web::NotifyTarget> result;
  for (const notify::FanOut::Target& target : targets.targets()) {
    const notify::OutboxCounters& counters = target.outbox->counters();
    result.push_back({target.name, counters.waiting, counters.given_up + counters.dropped,
                      counters.last_failure});
  }
  return result;
}

std::vector<web::Gauge> App::Parts::gauges() const {
  std::vector<web::Gauge> out;
  add_gateway(out, *gateway, *desk);
  const observe::ProbeCounters& probed = prober->counters();
  out.push_back(
      {"edgeherd_probes_total", "Probes of nodes by the coordinator.", {}, count(probed.asked)});
  out.push_back({"edgeherd_probes_failed_total", "Probes that failed.", {}, count(probed.failed)});
  out.push_back({"edgeherd_probes_late_total",
                 "Probes begun more than a period late.",
                 {},
                 count(probed.late)});
  add_notify(out, targets);
  return out;
}

}  // namespace edgeherd::app
