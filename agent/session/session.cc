#include "agent/session/session.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

#include "agent/command/command_table.h"
#include "agent/session/orders.h"
#include "agent/session/peer.h"
#include "agent/session/sample_builder.h"
#include "agent/session/session_store.h"

namespace edgeherd::session {

namespace {

constexpr std::size_t most_kept_events = 64;

}  // namespace

class Session::State final : public Peer::Host, public Orders::Host, public logs::ShipperOutlet {
 public:
  State(SessionConfig config, SessionSeams seams, SampleSource& source, logs::Shipper* shipper,
        SessionStore store, std::unique_ptr<command::CommandTable> table)
      : config_(std::move(config)),
        seams_(seams),
        shipper_(shipper),
        store_(std::move(store)),
        table_(std::move(table)),
        samples_(config_.boot_id, source, shipper),
        orders_(*this, seams, store_, shipper),
        interval_(config_.sample_interval) {
    orders_.hooks.close_listener = config_.close_listener_hook;
    orders_.hooks.open_listener = config_.open_listener_hook;
    orders_.hooks.limit = config_.hook_limit;
  }
  ~State() override {
    seams_.loop.cancel(timer_);
    if (shipper_ != nullptr) shipper_->attach(nullptr);
  }

  void add(std::string name, MessageLink& fleet, MessageLink* enroll) {
    const Peer::Times times{config_.heartbeat, config_.silence, config_.retry_least,
                            config_.retry_most};
    MessageLink* const ask = config_.enrolment_token.empty() ? nullptr : enroll;
    peers_.push_back(std::make_unique<Peer>(*this, seams_.loop, seams_.random, times,
                                            std::move(name), fleet, ask));
  }

  void start() {
    if (shipper_ != nullptr) shipper_->attach(this);
    for (const auto& peer : peers_) peer->start();
    orders_.start(table_->take_resumed());
    next_sample_ = seams_.loop.clock().mono() + interval_;
    arm();
  }

  void raise(wire::Event event) override {
    bool told = false;
    for (const auto& peer : peers_) told = (peer->ready() && peer->send(event)) || told;
    if (told) return;
    events_.push_back(std::move(event));
    if (events_.size() > most_kept_events) events_.pop_front();
  }

  // Uploads are between us and the coordinator that leads.
  Status send(const wire::Message& message) override {
    Peer* const leader = leading();
    if (leader == nullptr) return fail(Errc::unavailable, "no coordinator answers");
    return leader->send(message);
  }

  wire::Enroll make_enroll() override {
    return {config_.node, config_.enrolment_token, config_.vm_id, config_.agent_version};
  }
  wire::Hello make_hello() override;
  bool is_enrolled(const std::string& name) override {
    return store_.now().enrolled.contains(name);
  }
  void enrolled(const std::string& name) override {
    if (is_enrolled(name)) return;
    Remembered next = store_.now();
    next.enrolled.insert(name);
    (void)store_.set(std::move(next));  // unkept, it is asked for once more: no harm
  }
  void greeted(Peer& peer, const wire::HelloReply& reply) override;
  void received(Peer& peer, const wire::Message& message) override;

  void finished(const ActionId& action, wire::CommandState state, std::string message) override {
    const wire::CommandStatus status = table_->finish(action, state, std::move(message));
    for (const auto& peer : peers_) {
      if (peer->ready()) (void)peer->send(status);
    }
  }
  // Nor must such a one take us for serving, or draining, when it leads again.
  void drain_changed(DrainState state) override {
    for (const auto& peer : peers_) {
      if (peer->ready() && peer->epoch() < table_->highest_epoch()) peer->connected();
    }
    if (drain_handler) drain_handler(state);
  }
  void set_interval(Duration interval) override {
    if (interval == interval_) return;
    interval_ = interval;
    next_sample_ = seams_.loop.clock().mono() + interval_;
    arm();
  }

  // The cadence goes on from there.
  void sample_soon() {
    const MonoTime now = seams_.loop.clock().mono();
    const MonoTime soon = sampled_at_ ? std::max(now, *sampled_at_ + interval_ / 4) : now;
    if (soon >= next_sample_) return;
    next_sample_ = soon;
    arm();
  }

  std::function<void(DrainState)> drain_handler;
  Orders& orders() { return orders_; }
  Peer& peer(std::size_t index) { return *peers_.at(index); }
  [[nodiscard]] DrainState drain() const { return store_.now().drain; }
  [[nodiscard]] Duration interval() const { return interval_; }
  [[nodiscard]] const std::string& zone() const { return zone_; }
  [[nodiscard]] std::vector<CoordinatorView> views() const {
    std::vector<CoordinatorView> views;
    for (const auto& peer : peers_) views.push_back(peer->view());
    return views;
  }
  void set_digest(std::string digest) {
    config_.config_digest = std::move(digest);
    for (const auto& peer : peers_) peer->connected();
  }

 private:
  void arm();
  void sample();
  [[nodiscard]] Peer* leading();
  void tell_others_of_epoch();

  SessionConfig config_;
  SessionSeams seams_;
  logs::Shipper* shipper_;
  SessionStore store_;
  std::unique_ptr<command::CommandTable> table_;
  SampleBuilder samples_;
  Orders orders_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::deque<wire::Event> events_;
  Duration interval_;
  std::string zone_;
  TimerId timer_ = TimerId::none;
  MonoTime next_sample_{};
  std::optional<MonoTime> sampled_at_;  // the newest that went out
  std::uint64_t told_epoch_ = 0;
};

wire::Hello Session::State::make_hello() {
  wire::Hello hello;
  hello.node = config_.node;
  hello.vm_id = config_.vm_id;
  hello.boot_id = config_.boot_id;
  hello.agent_version = config_.agent_version;
  hello.image_version = config_.image_version;
  hello.config_digest = config_.config_digest;
  hello.highest_epoch = table_->highest_epoch();
  hello.verbs = command::verb_names();
  hello.drain_state = to_string(drain());
  if (shipper_ != nullptr) {
    const logs::ShipperTotals totals = shipper_->totals();
    hello.spool_segments = totals.spool_segments;
    hello.spool_bytes = totals.spool_bytes;
  }
  return hello;
}

void Session::State::greeted(Peer& peer, const wire::HelloReply& reply) {
  // One that an operator has replaced may listen, but not steer.
  if (table_->see_epoch(reply.epoch)) {
    tell_others_of_epoch();
    zone_ = reply.zone;
    const auto asked = std::clamp(reply.sample_interval_ms, command::shortest_interval_ms,
                                  command::longest_interval_ms);
    set_interval(std::chrono::milliseconds(asked));
  }
  while (!events_.empty() && peer.send(events_.front())) events_.pop_front();
  if (shipper_ != nullptr) shipper_->coordinator_ready();
  if (peer.wants_all()) sample_soon();  // it may be all that a new node waits for
}

void Session::State::received(Peer& peer, const wire::Message& message) {
  if (const auto* command = std::get_if<wire::Command>(&message)) {
    const command::Decision decision = table_->receive(*command);
    tell_others_of_epoch();
    (void)peer.send(decision.answer);
    if (decision.order) orders_.run(*decision.order);
    return;
  }
  if (shipper_ == nullptr || &peer != leading()) return;
  if (const auto* grant = std::get_if<wire::UploadGrant>(&message)) {
    shipper_->on_grant(*grant);
  } else if (const auto* verdict = std::get_if<wire::UploadVerdict>(&message)) {
    shipper_->on_verdict(*verdict);
  }
}

// One that we obey no longer must hear of it, or it would go on deciding for servers that are
// another coordinator's: HELLO states the highest epoch.
void Session::State::tell_others_of_epoch() {
  const std::uint64_t highest = table_->highest_epoch();
  if (std::exchange(told_epoch_, highest) >= highest) return;
  for (const auto& peer : peers_) {
    if (peer->ready() && peer->epoch() < highest) peer->connected();
  }
}

Peer* Session::State::leading() {
  Peer* leader = nullptr;
  for (const auto& peer : peers_) {
    if (peer->ready() && (leader == nullptr || peer->epoch() > leader->epoch())) {
      leader = peer.get();
    }
  }
  return leader;
}

// The cadence is kept: a late turn does not push the next one back.
void Session::State::arm() {
  seams_.loop.cancel(timer_);
  timer_ = seams_.loop.at(next_sample_, [this] {
    sample();
    const MonoTime now = seams_.loop.clock().mono();
    next_sample_ += interval_;
    if (next_sample_ <= now) next_sample_ = now + interval_;
    arm();
  });
}

void Session::State::sample() {
  const bool heard =
      std::any_of(peers_.begin(), peers_.end(), [](const auto& peer) { return peer->ready(); });
  if (!heard) return;  // nobody listens: it costs nothing
  sampled_at_ = seams_.loop.clock().mono();
  wire::Sample& sample = samples_.next(*sampled_at_, drain());
  for (const bool all : {false, true}) {
    for (const auto& peer : peers_) {
      if (!peer->ready() || peer->wants_all() != all) continue;
      if (all) samples_.fill_all_latencies();
      peer->send_sample(sample);
    }
  }
}

Result<std::unique_ptr<Session>> Session::open(SessionConfig config, SessionSeams seams,
                                               SampleSource& source, logs::Shipper* shipper) {
  assert(config.heartbeat > Duration::zero() && config.silence > config.heartbeat);
  auto store =
      SessionStore::open(seams.files, config.state_directory + "/session.state", config.public_key);
  if (!store) return store.error();
  auto table =
      command::CommandTable::open(seams.files, config.state_directory + "/commands.journal");
  if (!table) return table.error();
  return std::unique_ptr<Session>(new Session(std::make_shared<State>(
      std::move(config), seams, source, shipper, std::move(*store), std::move(*table))));
}

Session::Session(std::shared_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

void Session::add_coordinator(std::string name, MessageLink& fleet, MessageLink* enroll) {
  state_->add(std::move(name), fleet, enroll);
}
void Session::on_reload(std::function<void(Finished)> reload) {
  state_->orders().hooks.reload = std::move(reload);
}
void Session::on_drain_change(std::function<void(DrainState)> handler) {
  state_->drain_handler = std::move(handler);
}
void Session::start() {
  state_->start();
}
void Session::connected(std::size_t coordinator) {
  state_->peer(coordinator).connected();
}
void Session::sample_soon() {
  state_->sample_soon();
}
void Session::raise(wire::Event event) {
  state_->raise(std::move(event));
}
void Session::set_config_digest(std::string digest) {
  state_->set_digest(std::move(digest));
}
DrainState Session::drain_state() const {
  return state_->drain();
}
Duration Session::sample_interval() const {
  return state_->interval();
}
std::string Session::zone() const {
  return state_->zone();
}
std::vector<CoordinatorView> Session::coordinators() const {
  return state_->views();
}

}  // namespace edgeherd::session
