#include "agent/app/agent_app.h"

#include <utility>

#include "agent/app/box_identity.h"
#include "agent/app/coordinator_side.h"
#include "agent/app/log.h"
#include "agent/app/log_path.h"
#include "agent/app/page_server.h"
#include "agent/app/sampler.h"
#include "agent/app/state_lock.h"
#include "agent/app/wire_sample.h"
#include "agent/health/checks.h"
#include "agent/web/page.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"

namespace edgeherd::agent {

class AgentApp::State final : public NodeViewSource, public session::SampleSource {
 public:
  State(AgentConfig config, Loader loader, os::AsioLoop& loop, StateLock lock)
      : config_(std::move(config)),
        loader_(std::move(loader)),
        loop_(loop),
        lock_(std::move(lock)),
        files_(os::make_file_system()),
        client_(loop.io(), {}),
        prober_(client_),
        sampler_(config_, *files_, prober_, loop.clock()),
        checks_(CheckSeams{loop, prober_, [this]() -> Worker& { return worker(); }, "/"}),
        page_(*this, loop.clock(), config_.probe_token),
        server_(loop.io(), page_limits(),
                [this](const http::Request& request, http::Server::Reply reply) {
                  reply(page_.answer(request));
                }) {
    names_.node = config_.node.empty() ? host_name() : config_.node;
    names_.vm_id = config_.vm_id.empty() ? instance_id("/") : config_.vm_id;
    view_.node = names_.node;
    view_.agent_version = EDGEHERD_VERSION;
    view_.image_version = config_.image_version;
    view_.config_digest = config_.digest;
    if (const auto& cloud = config_.cloud) {
      view_.cloud = {std::string(metadata::to_string(cloud->cloud)), cloud->region, cloud->zone,
                     cloud->instance_id};
    }
    view_.started = loop.clock().mono();
  }

  ~State() override {
    loop_.cancel(timer_);
    sampler_.save();
  }

  Status start() {
    if (auto listening = listen_for_page(server_, config_.listen, config_.tls); !listening) {
      return listening;
    }
    if (!config_.coordinators.empty()) {
      if (auto opened = open_coordinators(); !opened) return opened;
    }
    checks_.on_change([this](const CheckState& check) { check_changed(check); });
    checks_.configure(config_.checks);
    sample();
    if (coordinators_) coordinators_->start();
    return {};
  }

  Status reload() {
    auto fresh = loader_();
    if (!fresh) return fresh.error();
    checks_.configure(std::move(fresh->checks));
    config_.digest = fresh->digest;
    view_.config_digest = config_.digest;
    if (coordinators_) coordinators_->session().set_config_digest(config_.digest);
    refresh();
    return {};
  }

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  // NodeViewSource
  [[nodiscard]] const NodeView& view() const override { return view_; }
  [[nodiscard]] std::uint64_t revision() const override { return revision_; }

  // session::SampleSource. What is sent is measured when it is sent, or nearly so.
  void fill(wire::Sample& sample_to_send) override {
    if (loop_.clock().mono() - view_.reading.at > config_.sample_interval / 4) sample();
    fill_sample(view_, sample_to_send);
  }
  [[nodiscard]] const SparseSketch& latency() const override { return sampler_.latency(); }

 private:
  Status open_coordinators() {
    auto side = CoordinatorSide::open(config_, names_, {loop_, *files_, random_, client_}, *this);
    if (!side) return side.error();
    coordinators_ = std::move(side).value();
    coordinators_->on_lines_read([this](std::uint64_t inode) { return sampler_.lines_of(inode); });
    coordinators_->on_reload(
        [this](session::Session::Finished done) { reload_on_command(std::move(done)); });
    coordinators_->on_drain_change([this] {
      refresh();
      say(Severity::info, "the node is now " + view_.state);
    });
    return {};
  }

  void reload_on_command(session::Session::Finished done) {
    if (auto good = reload(); !good || config_.hooks.reload.empty()) return done(std::move(good));
    coordinators_->run_hook(config_.hooks.reload, std::move(done));
  }

  void sample() {
    const auto now = loop_.clock().mono();
    sampler_.sample(now, view_);
    if (coordinators_) {
      coordinators_->count_lost(sampler_.lines_lost_by_nginx(), sampler_.lines_truncated());
    }
    refresh();
    loop_.cancel(timer_);
    timer_ = loop_.at(now + config_.sample_interval, [this] { sample(); });
  }

  // Everything in the view that is not measured.
  void refresh() {
    view_.now = loop_.clock().mono();
    view_.health = checks_.health(view_.now);
    if (coordinators_) coordinators_->describe(view_);
    ++revision_;
  }

  void check_changed(const CheckState& check) {
    const bool good = check.finding.outcome == Outcome::pass;
    const auto text = "check " + check.name + ": " + std::string(to_string(check.finding.outcome)) +
                      ": " + check.finding.reason;
    say(good ? Severity::info : Severity::warning, text);
    if (coordinators_) coordinators_->session().raise({good ? "info" : "warning", "check", text});
    const bool was_ready = view_.ready();
    refresh();
    if (coordinators_ && view_.ready() != was_ready) coordinators_->session().sample_soon();
  }

  // Only for checks that may block.
  Worker& worker() {
    if (!worker_) worker_ = os::make_worker(loop_);
    return *worker_;
  }

  AgentConfig config_;
  Loader loader_;
  os::AsioLoop& loop_;
  StateLock lock_;
  std::unique_ptr<FileSystem> files_;
  os::RealRandom random_;
  http::Client client_;
  HttpProber prober_;
  Sampler sampler_;
  std::unique_ptr<Worker> worker_;
  Checks checks_;
  NodeNames names_;
  NodeView view_;
  std::uint64_t revision_ = 0;
  Page page_;
  http::Server server_;
  std::unique_ptr<CoordinatorSide> coordinators_;
  TimerId timer_ = TimerId::none;
};

AgentApp::AgentApp(std::unique_ptr<State> state) : state_(std::move(state)) {}

AgentApp::~AgentApp() = default;

Result<std::unique_ptr<AgentApp>> AgentApp::start(AgentConfig config, Loader loader,
                                                  os::AsioLoop& loop) {
  auto lock = StateLock::take(config.state_dir);
  if (!lock) return lock.error();
  if (!config.access_log.empty()) config.access_log = behind_links(config.access_log);
  auto state =
      std::make_unique<State>(std::move(config), std::move(loader), loop, std::move(lock).value());
  if (auto started = state->start(); !started) return started.error();
  return std::unique_ptr<AgentApp>(new AgentApp(std::move(state)));
}

Status AgentApp::reload() {
  return state_->reload();
}

std::uint16_t AgentApp::port() const {
  return state_->port();
}

}  // namespace edgeherd::agent
