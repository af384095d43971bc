// The parts of the coordinator, in the order in which they are made; destroyed in reverse.
// Inside coordinator/app only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/archive/archive_url.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "common/net/context.h"
#include "common/net/curve_key.h"
#include "common/os/real.h"
#include "coordinator/act/pause_marker.h"
#include "coordinator/api/api.h"
#include "coordinator/app/app.h"
#include "coordinator/app/logged_history.h"
#include "coordinator/app/provider_slot.h"
#include "coordinator/app/registry.h"
#include "coordinator/desk/agent_desk.h"
#include "coordinator/notify/fan_out.h"
#include "coordinator/observe/gateway.h"
#include "coordinator/observe/prober.h"
#include "coordinator/web/sight.h"

namespace edgeherd::app {

struct App::Parts {
  Parts(os::AsioLoop& the_loop, std::string path, settings::Settings the_settings)
      : loop(the_loop),
        config_path(std::move(path)),
        settings(std::move(the_settings)),
        files(os::make_file_system()),
        pause_marker(*files, settings.state_dir + "/paused") {}

  // parts.cc: each makes a few of the members below.
  Status make_secrets();
  Status make_stores();
  Status make_servers();
  Status make_archive();
  Status make_gateway();
  Status make_controller();
  void make_prober();
  void make_api();
  void add_provider(const settings::Provider& from);
  // Accounts for what `policy` still holds of providers that are not configured. Adds to the
  // warnings, and tells the events and the notification targets.
  void add_slots(const model::Policy& policy, std::map<ProviderId, act::AccountPort>& accounts);
  void tell_new_keys(std::size_t nodes_known);
  void tell(std::string code, std::string text);
  [[nodiscard]] act::UserDataSource user_data_source() const;

  // reload.cc
  [[nodiscard]] api::ConfigOutcome check_config();
  [[nodiscard]] api::ConfigOutcome check_loaded(settings::Loaded& loaded);
  [[nodiscard]] api::ConfigOutcome reload_config();
  // The policy that is to run: with zones that are still inhabited. Adds to the warnings.
  [[nodiscard]] model::Policy effective_policy(const settings::Settings& from,
                                               const std::vector<model::Node>& nodes,
                                               std::vector<std::string>& warnings) const;
  // What a reload can change, once everything has been checked.
  void take_over_providers(const std::vector<settings::Provider>& loaded);
  void take_over(settings::Settings loaded);
  void tell_refused(const std::vector<std::string>& problems);
  void set_notify_targets(const settings::Settings& from);
  [[nodiscard]] notify::Outbox::Deliver carrier(const settings::Notify& target);

  void on_tick();
  void keep_pause();
  // gauges.cc
  [[nodiscard]] std::vector<web::Gauge> gauges() const;
  [[nodiscard]] std::vector<web::NotifyTarget> notify_targets() const;

  os::AsioLoop& loop;
  std::string config_path;
  settings::Settings settings;
  web::ConfigStatus config;
  std::map<ZoneId, observe::ProbeSettings> probes;
  std::map<ZoneId, web::ZoneFacts> zones;

  std::unique_ptr<FileSystem> files;
  act::PauseMarker pause_marker;
  os::RealRandom random;
  std::vector<std::string> new_keys;  // files that were not there at the start
  std::string enrolment_key;
  net::CurveKeyPair server_keys;

  std::unique_ptr<Worker> worker;  // the archive's
  std::unique_ptr<http::Client> client;
  std::unique_ptr<http::Client> probe_client;
  std::unique_ptr<act::StateStore> store;
  std::unique_ptr<act::History> history;
  notify::FanOut targets;
  telemetry::Repeats repeats;  // of the archive's troubles
  archive::OpenedArchive archive;
  budget::Accounts budgets{loop};
  std::unique_ptr<act::DnsProvider> dns;
  std::map<ProviderId, std::unique_ptr<act::Provider>> providers;
  std::map<ProviderId, settings::Provider> made_from;         // what they were made with
  std::map<ProviderId, std::unique_ptr<ProviderSlot>> slots;  // of those lost at the start

  std::unique_ptr<net::Context> context;
  std::unique_ptr<edgeherd::desk::AgentDesk> desk;
  std::unique_ptr<observe::Gateway> gateway;
  act::Restored restored;  // until start()
  std::unique_ptr<act::Controller> controller;
  std::unique_ptr<observe::Prober> prober;
  std::unique_ptr<api::Api> api;
  bool started = false;
  std::unique_ptr<http::Server> archive_server;  // null: the API's own
  std::unique_ptr<http::Server> server;
};

}  // namespace edgeherd::app
