#include "coordinator/app/parts.h"

#include <cstdlib>
#include <utility>

#include "common/aws/credentials.h"
#include "common/crypto/digest.h"
#include "common/net/descriptor_limit.h"
#include "coordinator/act/core/recovery.h"
#include "coordinator/app/convert.h"
#include "coordinator/app/secrets.h"
#include "coordinator/observe/tokens.h"
#include "coordinator/store/store.h"

namespace edgeherd::app {

namespace {

// In memory at a time, whoever sends them: two of the largest objects, or many usual ones.
constexpr std::size_t uploads_in_flight_bytes = 2 * archive::max_object_bytes;

std::string http_url(const std::string& scheme, const std::string& host, std::uint16_t port) {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return scheme + "://" + name + ":" + std::to_string(port);
}

// "" where the system does not tell.
std::string boot_of_host(FileSystem& files) {
  const auto id = files.read_whole("/proc/sys/kernel/random/boot_id", 64);
  return id.ok() ? id->substr(0, id->find('\n')) : "";
}

// The port that an endpoint ends in: the system's choice if 0 was configured.
std::uint16_t port_of(const std::string& endpoint) {
  return static_cast<std::uint16_t>(
      std::strtoul(endpoint.c_str() + endpoint.rfind(':') + 1, nullptr, 10));
}

}  // namespace

Status App::Parts::make_secrets() {
  if (auto made = files->make_directories(settings.state_dir); !made) return made.error();
  const settings::Agents& agents = settings.agents;
  const auto missing = [&](const std::string& path) {
    const auto there = files->info(path);
    return !there.ok() && there.error().code == Errc::not_found;
  };
  for (const std::string& path : {agents.enrolment_key_file, agents.server_key_file}) {
    if (missing(path)) new_keys.push_back(path);
  }
  auto key = load_or_make_secret(*files, random, agents.enrolment_key_file);
  if (!key) return key.error().within("enrolment key");
  enrolment_key = std::move(*key);
  auto pair = net::load_or_make_key_pair(*files, agents.server_key_file, "");
  if (!pair) return pair.error().within("server key");
  server_keys = std::move(*pair);
  return {};
}

Status App::Parts::make_stores() {
  auto state =
      store::make_state_store(settings.state_dir + "/state.db", loop, store::IfMissing::create);
  if (!state) return state.error();
  store = std::move(*state);
  store::HistoryOptions options;
  options.limits.age = settings.history.decisions_for;
  options.limits.snapshot_age = settings.history.inputs_for;
  options.limits.snapshot_bytes = settings.history.inputs_bytes;
  options.limits.removal_age = settings.history.removals_for;
  options.limits.bytes = settings.history.bytes;
  options.on_trouble = [](const Error& error) {
    telemetry::error("history", "events and decisions are not being recorded: " + error.message);
  };
  auto record = store::make_history(settings.state_dir + "/history.db", loop,
                                    store::IfMissing::create, std::move(options));
  if (!record && record.error().code == Errc::broken) {
    return fail(Errc::broken, record.error().message +
                                  "; it is only the record of why: move it away, and start again");
  }
  if (!record) return record.error();
  history = std::make_unique<LoggedHistory>(std::move(*record), loop.clock());
  return {};
}

Status App::Parts::make_servers() {
  http::ServerLimits limits;
  const bool uploads_here = !settings.archive.listen && settings.archive.url.starts_with("file:");
  limits.body_bytes = uploads_here ? archive::max_object_bytes : api::Api::most_body_bytes;
  limits.bodies_bytes = uploads_in_flight_bytes;
  server = std::make_unique<http::Server>(
      loop.io(), limits,
      [this](http::Request&& request, http::Server::Reply reply) {
        // Until the epoch is durable nothing may be asked for: it would be lost, or not obeyed.
        if (!started) return reply(http::text_response(503, "starting\n"));
        api->handle(std::move(request), std::move(reply));
      },
      [this](const http::Request& head) -> http::BodyRight {
        if (!started) return http::text_response(503, "starting\n");
        return api->judge(head);
      });
  std::optional<http::TlsFiles> tls;
  if (settings.api.tls) {
    tls = http::TlsFiles{settings.api.tls->certificate, settings.api.tls->key};
  }
  if (auto up = server->listen(settings.api.listen.host, settings.api.listen.port, tls); !up)
    return up;

  if (!settings.archive.listen) return {};
  limits.body_bytes = archive::max_object_bytes;
  archive_server = std::make_unique<http::Server>(
      loop.io(), limits,
      [this](http::Request&& request, http::Server::Reply reply) {
        if (!archive.endpoint) return reply(http::text_response(404, "there is nothing here\n"));
        const WallTime begun = request.head_at;
        archive.endpoint->handle_on(*worker, std::move(request), begun, std::move(reply));
      },
      [this](const http::Request& head) -> http::BodyRight {
        if (!archive.endpoint) return http::text_response(404, "there is nothing here\n");
        return archive.endpoint->judge(head, head.head_at);
      });
  const auto& [address, port] = *settings.archive.listen;
  return archive_server->listen(address, port, std::nullopt);
}

Status App::Parts::make_archive() {
  const settings::Archive& from = settings.archive;
  std::string public_url = from.public_url;
  if (public_url.empty() && archive_server) {
    public_url = http_url("http", from.listen->host, archive_server->port());
  } else if (public_url.empty()) {
    public_url =
        http_url(settings.api.tls ? "https" : "http", settings.api.listen.host, server->port());
  }
  std::optional<aws::Credentials> credentials;
  if (from.url.starts_with("s3:")) {
    auto loaded = aws::load_credentials(
        {from.credentials_file, from.profile, [](const char* name) { return std::getenv(name); }},
        *files);
    if (!loaded) return loaded.error().within("archive");
    credentials = std::move(*loaded);
  }
  auto opened = archive::make_archive(
      from.url, credentials,
      archive::ArchiveDeps{loop, *worker, *files, random,
                           [this](http::ClientRequest request, http::Client::Done done) {
                             client->send(std::move(request), std::move(done));
                           },
                           public_url,
                           crypto::to_hex(crypto::hmac_sha256(enrolment_key, "archive")),
                           [this](const Error& error) {
                             const auto line = repeats.pass(error.message, loop.clock().mono());
                             if (line) telemetry::error("archive", *line);
                           }});
  if (!opened) return opened.error().within("archive");
  archive = std::move(*opened);
  return {};
}

Status App::Parts::make_gateway() {
  if (auto room = net::ensure_descriptors(most_connections(settings.policy)); !room) return room;
  auto made = net::Context::make(1);
  if (!made) return made.error();
  context = std::move(*made);
  desk = std::make_unique<desk::AgentDesk>(enrolment_key);
  observe::GatewayOptions options;
  options.fleet_endpoint = tcp_endpoint(settings.agents.address, settings.agents.fleet_port);
  options.enroll_endpoint = tcp_endpoint(settings.agents.address, settings.agents.enroll_port);
  options.keys = server_keys;
  options.max_agents = most_agents(settings.policy);
  auto up = observe::Gateway::start(*context, loop, *desk, std::move(options));
  if (!up) return up.error();
  gateway = std::move(*up);
  desk->set_gate(gateway.get());
  return {};
}

act::UserDataSource App::Parts::user_data_source() const {
  act::UserDataSource source;
  const std::string& host = settings.agents.advertise;
  source.coordinators.push_back({tcp_endpoint(host, port_of(gateway->fleet().endpoint())),
                                 tcp_endpoint(host, port_of(gateway->enroll().endpoint())),
                                 server_keys.public_key});
  source.enrolment_token = [key = enrolment_key](const NodeId& node) {
    return observe::enrolment_token(key, node);
  };
  source.probe_token = [key = enrolment_key](const NodeId& node) {
    return observe::probe_token(key, node);
  };
  return source;
}

void App::Parts::add_provider(const settings::Provider& from) {
  providers[from.id] = make_provider(from, Tools{loop, random, budgets, settings.policy.fleet_id});
  made_from[from.id] = from;
  if (const auto slot = slots.find(from.id); slot != slots.end()) {
    slot->second->fill(*providers[from.id]);
  }
}

void App::Parts::add_slots(const model::Policy& policy,
                           std::map<ProviderId, act::AccountPort>& accounts) {
  for (const auto& [id, zone] : policy.zones) {
    if (accounts.contains(zone.provider)) continue;
    auto& slot = slots[zone.provider];
    slot = std::make_unique<ProviderSlot>(loop, zone.provider);
    accounts[zone.provider] = {slot.get(), {}};
    const std::string text = "provider " + zone.provider.str() +
                             " has servers, but is not configured: they are left as they are until "
                             "its file is back";
    config.warnings.push_back(text);
    tell("provider_not_configured", text);
  }
}

// A state directory that was put back without its keys looks like a fleet that has gone silent.
void App::Parts::tell_new_keys(std::size_t nodes_known) {
  if (nodes_known == 0) return;
  for (const std::string& path : new_keys) {
    const std::string what = path == settings.agents.server_key_file
                                 ? "no agent trusts this coordinator any more"
                                 : "servers that have not enrolled yet cannot";
    const std::string text = path + " was missing and is made anew, but the database knows " +
                             std::to_string(nodes_known) + " servers: " + what +
                             "; stop, put the old file back, and start again";
    config.warnings.push_back(text);
    tell("key_made_anew", text);
  }
}

Status App::Parts::make_controller() {
  auto memory = act::restore(*store, settings.policy, loop.clock(), boot_of_host(*files));
  if (!memory) return memory.error();
  restored = std::move(*memory);
  std::vector<model::Node> nodes;
  for (const model::Event& event : restored.events) {
    if (const auto* one = std::get_if<model::NodeRestored>(&event)) nodes.push_back(one->node);
  }
  tell_new_keys(nodes.size());
  pause_marker.restore(restored, "state.db");
  model::Policy policy = effective_policy(settings, nodes, config.warnings);

  act::Seams seams;
  seams.loop = &loop;
  seams.random = &random;
  seams.store = store.get();
  seams.history = history.get();
  seams.notifier = &targets;
  seams.agents = desk.get();
  seams.archive = archive.archive.get();
  seams.dns = dns.get();
  for (const settings::Provider& from : settings.providers) {
    add_provider(from);
    seams.accounts[from.id] = {providers[from.id].get(), executor_limits(from)};
  }
  add_slots(policy, seams.accounts);
  act::ControllerSettings how;
  how.user_data = user_data_source();
  controller =
      std::make_unique<act::Controller>(std::move(seams), std::move(how), std::move(policy));
  controller->on_tick([this] { on_tick(); });
  controller->on_pause([this] { keep_pause(); });
  return {};
}

void App::Parts::make_prober() {
  prober = std::make_unique<observe::Prober>(
      loop, random, enrolment_key,
      [this](http::ClientRequest request, http::Client::Done done) {
        probe_client->send(std::move(request), std::move(done));
      },
      [this](const model::Probed& probed) { controller->apply(probed); });
}

void App::Parts::make_api() {
  api::Host host;
  host.loop = &loop;
  host.controller = controller.get();
  host.history = history.get();
  host.zones = &zones;
  host.config = &config;
  host.access = api_access(settings.api.tokens, settings.api.listen);
  host.open_reads = settings.api.open_reads.value_or(settings.api.listen.is_loopback())
                        ? api::OpenReads::yes
                        : api::OpenReads::no;
  host.check_config = [this] { return check_config(); };
  host.reload_config = [this] { return reload_config(); };
  const act::UserDataSource source = user_data_source();
  host.enrolment_token = source.enrolment_token;
  host.user_data = [this, source](const model::Node& node) {
    return act::make_user_data(source, settings.policy.fleet_id, node.id, node.zone);
  };
  host.gauges = [this] { return gauges(); };
  host.notify = [this] { return notify_targets(); };
  if (archive.endpoint && !archive_server) {
    host.archive = [this](http::Request&& request, http::Server::Reply reply) {
      const WallTime begun = request.head_at;
      archive.endpoint->handle_on(*worker, std::move(request), begun, std::move(reply));
    };
    host.archive_judge = [this](const http::Request& head) {
      return archive.endpoint->judge(head, head.head_at);
    };
  }
  api = std::make_unique<api::Api>(std::move(host));
}

void App::Parts::keep_pause() {
  const Status kept = pause_marker.keep(controller->fleet());
  if (kept.ok()) return;
  telemetry::error("app",
                   "the pause is not written down beside the database: " + kept.error().message);
}

void App::Parts::on_tick() {
  const model::Fleet& fleet = controller->fleet();
  keep_pause();
  prober->update(fleet, probes);
  api->tick();
}

}  // namespace edgeherd::app
