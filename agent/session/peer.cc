#include "agent/session/peer.h"

#include "common/wire/codec.h"

namespace edgeherd::session {

namespace {

// After so many greetings without an answer the coordinator may have forgotten us (a restored
// database): then ENROLL is said again beside HELLO. The same pair twice is no harm.
constexpr int greetings_before_enrolling = 5;

}  // namespace

std::string_view to_string(CoordinatorPhase phase) {
  switch (phase) {
    case CoordinatorPhase::enrolling:
      return "enrolling";
    case CoordinatorPhase::greeting:
      return "greeting";
    case CoordinatorPhase::ready:
      return "ready";
  }
  return "greeting";
}

Peer::Peer(Host& host, EventLoop& loop, Random& random, Times times, std::string name,
           MessageLink& fleet, MessageLink* enroll)
    : host_(host),
      loop_(loop),
      random_(random),
      times_(times),
      fleet_(fleet),
      enroll_(enroll),
      backoff_(times.retry_least, times.retry_most) {
  view_.name = std::move(name);
  // The links outlive us and may bring something yet.
  const std::weak_ptr<int> alive = alive_;
  fleet_.on_message([this, alive](std::string_view bytes) {
    if (!alive.expired()) on_fleet(bytes);
  });
  if (enroll_ == nullptr) return;
  enroll_->on_message([this, alive](std::string_view bytes) {
    if (!alive.expired()) on_enroll(bytes);
  });
}

Peer::~Peer() {
  loop_.cancel(timer_);
}

void Peer::enter(CoordinatorPhase phase) {
  phase_ = phase;
  greetings_ = 0;
  backoff_.reset();
}

void Peer::set_timer(Duration after) {
  loop_.cancel(timer_);
  timer_ = loop_.after(after, [this] { step(); });
}

void Peer::start() {
  started_ = true;
  const bool known = enroll_ == nullptr || host_.is_enrolled(view_.name);
  enter(known ? CoordinatorPhase::greeting : CoordinatorPhase::enrolling);
  step();
}

void Peer::connected() {
  if (!started_) return;
  if (phase_ == CoordinatorPhase::ready) enter(CoordinatorPhase::greeting);
  backoff_.reset();
  step();
}

void Peer::step() {
  switch (phase_) {
    case CoordinatorPhase::enrolling:
      enrol();
      return;
    case CoordinatorPhase::greeting:
      greet();
      return;
    case CoordinatorPhase::ready:
      watch();
      return;
  }
}

void Peer::enrol() {
  wire::encode(host_.make_enroll(), buffer_);
  if (!enroll_->send(buffer_)) ++view_.messages_dropped;
  set_timer(backoff_.next(random_));
}

void Peer::greet() {
  ++greetings_;
  wants_all_ = true;
  (void)send(host_.make_hello());
  if (greetings_ > greetings_before_enrolling && enroll_ != nullptr) {
    wire::encode(host_.make_enroll(), buffer_);
    (void)enroll_->send(buffer_);
  }
  set_timer(backoff_.next(random_));
}

void Peer::watch() {
  if (loop_.clock().mono() - *last_heard_ >= times_.silence) {
    enter(CoordinatorPhase::greeting);
    greet();
    return;
  }
  (void)send(wire::Heartbeat{++heartbeats_, false});
  set_timer(times_.heartbeat);
}

Status Peer::send(const wire::Message& message) {
  wire::encode(message, buffer_);
  auto sent = fleet_.send(buffer_);
  if (!sent) ++view_.messages_dropped;
  return sent;
}

void Peer::send_sample(const wire::Sample& sample) {
  if (!send(sample)) return;
  ++view_.samples_sent;
  wants_all_ = false;
}

void Peer::on_fleet(std::string_view bytes) {
  const auto message = wire::decode(bytes);
  if (!message) {
    ++view_.messages_refused;
    return;
  }
  last_heard_ = loop_.clock().mono();
  take(*message);
}

void Peer::take(const wire::Message& message) {
  if (const auto* reply = std::get_if<wire::HelloReply>(&message)) {
    epoch_ = reply->epoch;
    if (phase_ != CoordinatorPhase::ready) {
      enter(CoordinatorPhase::ready);
      set_timer(times_.heartbeat);
    }
    host_.greeted(*this, *reply);
  } else if (const auto* beat = std::get_if<wire::Heartbeat>(&message)) {
    if (!beat->reply) (void)send(wire::Heartbeat{beat->number, true});
  } else {
    host_.received(*this, message);
  }
}

void Peer::on_enroll(std::string_view bytes) {
  const auto message = wire::decode(bytes);
  const auto* reply = message ? std::get_if<wire::EnrollReply>(&*message) : nullptr;
  if (reply == nullptr) {
    ++view_.messages_refused;
    return;
  }
  view_.enrol_refusal = reply->accepted ? "" : reply->reason;
  if (!reply->accepted) return;  // asked again later: an operator may allow it
  host_.enrolled(view_.name);
  // A coordinator that had forgotten us refused the link till now, and it waits longer each time.
  if (phase_ == CoordinatorPhase::greeting) fleet_.hurry();
  if (phase_ != CoordinatorPhase::enrolling) return;
  enter(CoordinatorPhase::greeting);
  greet();
}

CoordinatorView Peer::view() const {
  CoordinatorView view = view_;
  view.phase = phase_;
  if (last_heard_) view.last_heard = loop_.clock().mono() - *last_heard_;
  return view;
}

}  // namespace edgeherd::session
