#include "agent/app/coordinator_side.h"

#include <utility>

#include "agent/link/coordinator_links.h"
#include "agent/link/http_uploader.h"
#include "agent/link/proc_holders.h"
#include "agent/link/process_hooks.h"
#include "common/net/context.h"
#include "common/net/curve_key.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"

namespace edgeherd::agent {

// In the order of who needs whom: destruction runs from the end.
struct CoordinatorSide::Parts {
  Duration hook_limit{};
  std::unique_ptr<net::Context> context;
  std::unique_ptr<Worker> worker;
  std::unique_ptr<logs::HookRunner> hooks;
  std::unique_ptr<logs::HolderProbe> holders;
  std::unique_ptr<logs::Uploader> uploader;
  std::unique_ptr<link::CoordinatorLinks> links;
  std::unique_ptr<logs::Shipper> shipper;
  std::unique_ptr<session::Session> session;
  std::uint64_t lost_by_nginx = 0;
  std::uint64_t lost_by_truncation = 0;
};

namespace {

constexpr std::size_t boot_id_length = 26;  // 130 bits

logs::ShipperConfig shipper_config(const AgentConfig& config, const NodeNames& names) {
  logs::ShipperConfig shipper;
  shipper.node = NodeId(names.node);
  shipper.access_log = config.access_log;
  shipper.spool_directory =
      config.spool_dir.empty() ? config.access_log + ".spool" : config.spool_dir;
  shipper.reopen_hook = config.hooks.reopen_logs;
  shipper.hook_limit = config.hook_timeout;
  shipper.rotate_bytes = config.rotate_bytes;
  shipper.rotate_age = config.rotate_age;
  shipper.holder_limit = config.holder_timeout;
  shipper.holder_policy = config.holder_policy;
  shipper.spool_max_bytes = config.spool_max_bytes;
  shipper.disk_free_floor_bytes = config.disk_free_floor_bytes;
  return shipper;
}

session::SessionConfig session_config(const AgentConfig& config, const NodeNames& names,
                                      Random& random, const net::CurveKeyPair& keys) {
  session::SessionConfig session;
  session.node = NodeId(names.node);
  session.enrolment_token = config.enrolment_token;
  session.vm_id = names.vm_id;
  session.boot_id = random.token(boot_id_length);
  session.agent_version = EDGEHERD_VERSION;
  session.image_version = config.image_version;
  session.config_digest = config.digest;
  session.state_directory = config.state_dir;
  session.public_key = keys.public_key;
  session.sample_interval = config.sample_interval;
  session.close_listener_hook = config.hooks.close_listener;
  session.open_listener_hook = config.hooks.open_listener;
  session.hook_limit = config.hook_timeout;
  return session;
}

std::vector<link::CoordinatorAddress> addresses(const AgentConfig& config) {
  std::vector<link::CoordinatorAddress> all;
  for (const auto& coordinator : config.coordinators) {
    all.push_back({coordinator.endpoint, coordinator.endpoint, coordinator.enroll_endpoint,
                   coordinator.public_key});
  }
  return all;
}

}  // namespace

CoordinatorSide::CoordinatorSide(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

CoordinatorSide::~CoordinatorSide() {
  if (parts_->shipper) parts_->shipper->attach(nullptr);
}

Result<std::unique_ptr<CoordinatorSide>> CoordinatorSide::open(const AgentConfig& config,
                                                               const NodeNames& names,
                                                               CoordinatorSeams seams,
                                                               session::SampleSource& source) {
  auto parts = std::make_unique<Parts>();
  parts->hook_limit = config.hook_timeout;
  auto context = net::Context::make(1);
  if (!context) return context.error();
  parts->context = std::move(context).value();
  const auto key_file = config.state_dir + "/curve.key";
  auto keys = net::load_or_make_key_pair(seams.files, key_file, names.vm_id);
  if (!keys) return keys.error();

  parts->worker = os::make_worker(seams.loop);
  parts->hooks = link::make_process_hooks(seams.loop.io());
  parts->holders = link::make_proc_holders(*parts->worker);
  parts->uploader = link::make_http_uploader(seams.client);
  auto links = link::CoordinatorLinks::make(*parts->context, seams.loop, seams.random, *keys,
                                            addresses(config));
  if (!links) return links.error();
  parts->links = std::move(links).value();

  auto shipper =
      logs::Shipper::open(shipper_config(config, names),
                          logs::ShipperSeams{seams.loop, *parts->worker, seams.files, seams.random,
                                             *parts->hooks, *parts->holders, *parts->uploader});
  if (!shipper) return shipper.error();
  parts->shipper = std::move(shipper).value();
  auto session = session::Session::open(
      session_config(config, names, seams.random, *keys),
      session::SessionSeams{seams.loop, seams.files, seams.random, *parts->hooks}, source,
      parts->shipper.get());
  if (!session) return session.error();
  parts->session = std::move(session).value();

  for (std::size_t i = 0; i < parts->links->size(); ++i) {
    parts->session->add_coordinator(parts->links->name(i), parts->links->fleet(i),
                                    parts->links->enroll(i));
  }
  parts->links->on_connected(
      [session_at = parts->session.get()](std::size_t index) { session_at->connected(index); });
  return std::unique_ptr<CoordinatorSide>(new CoordinatorSide(std::move(parts)));
}

void CoordinatorSide::on_reload(std::function<void(session::Session::Finished)> reload) {
  parts_->session->on_reload(std::move(reload));
}

void CoordinatorSide::on_drain_change(std::function<void()> handler) {
  parts_->session->on_drain_change(
      [handler = std::move(handler)](session::DrainState) { handler(); });
}

void CoordinatorSide::on_lines_read(
    std::function<std::optional<std::uint64_t>(std::uint64_t inode)> handler) {
  parts_->shipper->on_lines_read(std::move(handler));
}

void CoordinatorSide::start() {
  parts_->shipper->start();
  parts_->session->start();
}

void CoordinatorSide::count_lost(std::uint64_t by_nginx, std::uint64_t by_truncation) {
  if (by_nginx > parts_->lost_by_nginx) {
    parts_->shipper->add_lost_lines(by_nginx - parts_->lost_by_nginx,
                                    "nginx answered requests that it could not log");
    parts_->lost_by_nginx = by_nginx;
  }
  if (by_truncation > parts_->lost_by_truncation) {
    parts_->shipper->add_lost_lines(by_truncation - parts_->lost_by_truncation,
                                    "the access log was truncated by somebody else");
    parts_->lost_by_truncation = by_truncation;
  }
}

void CoordinatorSide::run_hook(const std::vector<std::string>& argv,
                               std::function<void(Status)> done) {
  parts_->hooks->run(argv, parts_->hook_limit, std::move(done));
}

void CoordinatorSide::describe(NodeView& view) const {
  const auto& session = *parts_->session;
  view.state = session::to_string(session.drain_state());
  view.zone = session.zone();
  const auto totals = parts_->shipper->totals();
  view.shipping = Shipping{totals.spool_segments,  totals.spool_bytes, totals.stored_segments,
                           totals.stored_lines,    totals.lines_lost,  totals.rotations,
                           totals.upload_failures, totals.last_error};
  view.coordinators.clear();
  for (auto& line : session.coordinators()) {
    view.coordinators.push_back({std::move(line.name), std::string(session::to_string(line.phase)),
                                 line.last_heard, line.samples_sent, line.messages_dropped,
                                 line.messages_refused, std::move(line.enrol_refusal)});
  }
}

session::Session& CoordinatorSide::session() {
  return *parts_->session;
}

}  // namespace edgeherd::agent
