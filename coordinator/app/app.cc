#include "coordinator/app/app.h"

#include <utility>

#include "coordinator/app/convert.h"
#include "coordinator/app/parts.h"

namespace edgeherd::app {

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

App::~App() {
  if (parts_->desk) parts_->desk->close();
}

Result<std::unique_ptr<App>> App::make(os::AsioLoop& loop, std::string config_path,
                                       settings::Settings settings) {
  auto parts = std::make_unique<Parts>(loop, std::move(config_path), std::move(settings));
  Parts& p = *parts;
  p.config.path = p.settings.path;
  p.config.digest = p.settings.digest;
  p.config.loaded_at = loop.clock().wall();
  p.zones = zone_facts(p.settings);
  p.probes = probe_settings(p.settings);
  p.worker = os::make_worker(loop);
  p.client = std::make_unique<http::Client>(loop.io(), http::ClientOptions{});
  http::ClientOptions probing;
  probing.idle_connections = idle_probes;
  probing.peers = http::PeerCheck::any;  // a node makes the certificate of its page itself
  p.probe_client = std::make_unique<http::Client>(loop.io(), probing);

  if (auto ok = p.make_secrets(); !ok) return ok.error();
  if (auto ok = p.make_stores(); !ok) return ok.error();
  if (auto ok = p.make_servers(); !ok) return ok.error();
  if (auto ok = p.make_archive(); !ok) return ok.error();
  p.dns = make_dns(p.settings.dns, Tools{loop, p.random, p.budgets, p.settings.policy.fleet_id});
  p.set_notify_targets(p.settings);
  if (auto ok = p.make_gateway(); !ok) return ok.error();
  if (auto ok = p.make_controller(); !ok) return ok.error();
  p.make_prober();
  p.make_api();
  for (const std::string& line : p.config.warnings) telemetry::warning("config", line);
  return std::unique_ptr<App>(new App(std::move(parts)));
}

void App::start(std::function<void(Error)> failed) {
  Parts& p = *parts_;
  p.controller->start(
      std::move(p.restored), [&p, failed = std::move(failed)](const Status& started) {
        if (!started) return failed(started.error());
        p.started = true;
        p.desk->open(*p.controller);
        telemetry::info("app", "fleet " + p.settings.policy.fleet_id + ": epoch " +
                                   std::to_string(p.controller->fleet().epoch()) + ", " +
                                   std::to_string(p.controller->fleet().nodes().size()) +
                                   " nodes known, API on port " + std::to_string(p.server->port()) +
                                   ", agents on " + p.gateway->fleet().endpoint());
      });
}

void App::reload() {
  if (auto reopened = telemetry::reopen_log(); !reopened) {
    telemetry::error("app", reopened.error().message);
  }
  (void)parts_->reload_config();
}

std::uint16_t App::api_port() const {
  return parts_->server->port();
}

}  // namespace edgeherd::app
