#include "agent/app/waiting.h"

#include <utility>

#include "agent/app/box_identity.h"
#include "agent/app/log.h"
#include "agent/app/page_server.h"
#include "agent/metadata/finder.h"
#include "agent/metadata/remembered.h"
#include "agent/web/page.h"
#include "common/http/client.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"

namespace edgeherd::agent {

class Waiting::State final : public NodeViewSource {
 public:
  State(const AgentConfig& config, os::AsioLoop& loop, Use use)
      : loop_(loop),
        use_(std::move(use)),
        at_(config.listen),
        tls_(config.tls),
        remembered_(config.state_dir + "/" + std::string(metadata_file)),
        client_(loop.io(), {}),
        finder_(metadata::clouds_to_ask(config.metadata.wanted, machine_vendor("/")),
                config.metadata.url,
                {loop, random_,
                 [this](http::ClientRequest request, http::Client::Done done) {
                   client_.send(std::move(request), std::move(done));
                 }}),
        page_(*this, loop.clock(), config.probe_token),
        server_(loop.io(), page_limits(),
                [this](const http::Request& request, http::Server::Reply reply) {
                  reply(page_.answer(request));
                }) {
    if (config.probe_token.empty() && !at_.is_loopback()) {
      at_.host = at_.host.find(':') == std::string::npos ? "127.0.0.1" : "::1";
    }
    view_.node = config.node.empty() ? host_name() : config.node;
    view_.agent_version = EDGEHERD_VERSION;
    view_.image_version = config.image_version;
    view_.config_digest = config.digest;
    view_.started = loop.clock().mono();
    view_.state = "waiting";
    view_.waiting_for = "metadata from " + config.metadata.url;
    wanted_ = view_.waiting_for;
  }

  Status start() {
    if (auto listening = listen_for_page(server_, at_, tls_); !listening) return listening;
    at_.port = server_.port();
    finder_.start([this](const metadata::Found& found) { try_out(found); },
                  [this](const Error& error) { failed(error); }, recalled());
    return {};
  }

  [[nodiscard]] const http::ListenAddress& page() const { return at_; }

  // NodeViewSource
  [[nodiscard]] const NodeView& view() const override { return view_; }
  [[nodiscard]] std::uint64_t revision() const override { return revision_; }

 private:
  std::optional<metadata::Found> recalled() {
    auto found = metadata::recall(*files_, remembered_, machine_uuid("/"));
    if (found) return std::move(*found);
    say(Severity::warning, "what was found the last time cannot be used: " + found.error().message);
    return std::nullopt;
  }

  void try_out(const metadata::Found& found) {
    const auto used = use_(found);
    if (used) return;
    failed(used.error());
    finder_.ask_again();
  }

  // The same trouble is said once.
  void failed(const Error& error) {
    if (error.message == trouble_) return;
    trouble_ = error.message;
    say(Severity::warning, "waiting for metadata: " + trouble_);
    view_.waiting_for = wanted_ + ": " + trouble_;
    view_.now = loop_.clock().mono();
    ++revision_;
  }

  os::AsioLoop& loop_;
  Use use_;
  http::ListenAddress at_;
  std::optional<TlsConfig> tls_;
  const std::string remembered_;
  std::unique_ptr<FileSystem> files_ = os::make_file_system();
  os::RealRandom random_;
  http::Client client_;
  metadata::Finder finder_;
  NodeView view_;
  std::string wanted_;
  std::string trouble_;
  std::uint64_t revision_ = 0;
  Page page_;
  http::Server server_;
};

Waiting::Waiting(std::unique_ptr<State> state) : state_(std::move(state)) {}

Waiting::~Waiting() = default;

Result<std::unique_ptr<Waiting>> Waiting::start(const AgentConfig& config, os::AsioLoop& loop,
                                                Use use) {
  auto state = std::make_unique<State>(config, loop, std::move(use));
  if (auto started = state->start(); !started) return started.error();
  return std::unique_ptr<Waiting>(new Waiting(std::move(state)));
}

const http::ListenAddress& Waiting::page() const {
  return state_->page();
}

}  // namespace edgeherd::agent
