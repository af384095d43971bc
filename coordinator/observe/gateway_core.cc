#include "coordinator/observe/gateway_core.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace edgeherd::observe {

namespace {

constexpr std::size_t looked_ahead = 32;  // messages
constexpr std::size_t heard_before = 4;   // of those, while memory comes

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;  // clang 16 does not make it itself

}  // namespace

std::string_view to_string(Port port) {
  return port == Port::fleet ? "fleet" : "enroll";
}

std::string_view to_string(Drop reason) {
  static constexpr std::array<std::string_view, drop_reasons> names = {
      "not_admitted", "no_user",    "oversize",        "rate",         "malformed",
      "unknown",      "wrong_port", "wrong_direction", "before_hello", "stale_connection"};
  return names[static_cast<std::size_t>(reason)];
}

GatewayCore::GatewayCore(const Clock& clock, GatewaySink& sink, GatewayTransport& transport,
                         GatewayLimits limits)
    : clock_(clock),
      sink_(sink),
      transport_(transport),
      limits_(limits),
      strangers_(limits.key_enrolments_per_second, limits.key_enrolment_burst),
      enrolments_(limits.enrolments_per_second, limits.enrolment_burst) {}

void GatewayCore::admit(const AgentKey& agent) {
  const auto [entry, fresh] = peers_.try_emplace(
      agent, Peer{TokenBucket(limits_.messages_per_second, limits_.message_burst), {}, false, {}});
  entry->second.revoked = false;
  if (fresh) by_key_.put(agent, &*entry);
}

void GatewayCore::revoke(const AgentKey& agent) {
  const auto found = peers_.find(agent);
  if (found == peers_.end()) return;
  if (!serving_) {
    forget(found);
    return;
  }
  // The sink may be looking at this very entry.
  found->second.revoked = true;
  found->second.routing_id.clear();
  revoked_.push_back(agent);
}

void GatewayCore::receive(Port port, std::span<const net::Incoming> messages) {
  assert(!serving_);
  serving_ = true;
  if (port == Port::enroll) {
    for (const net::Incoming& incoming : messages) receive_enroll(incoming);
  }
  while (port == Port::fleet && !messages.empty()) {
    const auto next = messages.first(std::min(messages.size(), looked_ahead));
    receive_fleet(next);
    messages = messages.subspan(next.size());
  }
  serving_ = false;
  forget_revoked();
}

// Of ten thousand peers none is in the processor's caches when his message comes. So all who speak
// are looked up before the first is heard, and wait for memory together.
void GatewayCore::receive_fleet(std::span<const net::Incoming> messages) {
  std::array<Peers::value_type*, looked_ahead> peers{};
  for (std::size_t i = 0; i < messages.size(); ++i) {
    peers[i] = by_key_.find(messages[i].user);
    if (peers[i] != nullptr) prefetch(*peers[i]);
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    expect(peers[i], Nearness::soon);
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i + heard_before < messages.size()) expect(peers[i + heard_before], Nearness::next);
    hear(peers[i], messages[i]);
  }
}

void GatewayCore::expect(Peers::value_type* peer, Nearness nearness) {
  if (peer != nullptr) sink_.expect(peer->first, peer->second.mark, nearness);
}

void GatewayCore::hear(Peers::value_type* peer, const net::Incoming& incoming) {
  if (incoming.user.empty()) return drop(Drop::no_user);
  // A message before this one may have had him admitted, or revoked.
  if (peer == nullptr) peer = by_key_.find(incoming.user);
  if (peer == nullptr || peer->second.revoked) return drop(Drop::not_admitted);
  if (incoming.bytes.size() > wire::max_message_bytes) return drop(Drop::oversize);
  if (!peer->second.budget.take(clock_.mono(), 1)) return drop(Drop::rate);
  auto message = read(incoming.user, incoming.bytes);
  if (message.ok()) serve(*peer, incoming.routing_id, *message);
}

void GatewayCore::forget_revoked() {
  if (revoked_.empty()) return;
  for (const AgentKey& key : std::exchange(revoked_, {})) {
    const auto found = peers_.find(key);
    if (found != peers_.end() && found->second.revoked) forget(found);
  }
}

void GatewayCore::forget(Peers::iterator peer) {
  by_key_.erase(peer->first);
  peers_.erase(peer);
}

Result<wire::Message> GatewayCore::read(std::string_view user, std::string_view bytes) {
  auto message = wire::decode(bytes);
  if (message.ok()) {
    ++counters_.received[message->index()];
  } else {
    drop(message.error().code == Errc::refused ? Drop::unknown : Drop::malformed);
    counters_.last_drop.assign(user).append(": ").append(message.error().message);
  }
  return message;
}

void GatewayCore::serve(Peers::value_type& peer, std::string_view routing_id,
                        wire::Message& message) {
  const AgentKey& key = peer.first;
  const auto type = wire::type_of(message);
  if (type == wire::MessageType::enroll) return drop(Drop::wrong_port);
  if (const auto* hello = std::get_if<wire::Hello>(&message)) {
    return greet(peer, routing_id, *hello);
  }
  if (peer.second.routing_id != routing_id) {
    return drop(peer.second.routing_id.empty() ? Drop::before_hello : Drop::stale_connection);
  }
  std::visit(Overloaded{
                 [&](wire::Sample& m) { sink_.on_sample(key, peer.second.mark, std::move(m)); },
                 [&](const wire::Event& m) { sink_.on_event(key, m); },
                 [&](const wire::CommandStatus& m) { sink_.on_command_status(key, m); },
                 [&](const wire::UploadRequest& m) { sink_.on_upload_request(key, m); },
                 [&](const wire::UploadDone& m) { sink_.on_upload_done(key, m); },
                 [&](const wire::Heartbeat& m) { echo(peer.second, m); },
                 [&](const auto&) { drop(Drop::wrong_direction); },
             },
             message);
}

void GatewayCore::greet(Peers::value_type& peer, std::string_view routing_id,
                        const wire::Hello& hello) {
  auto& known = peer.second.routing_id;
  if (!known.empty() && known != routing_id) ++counters_.replaced;
  known.assign(routing_id);
  sink_.on_hello(peer.first, hello);
}

void GatewayCore::echo(const Peer& peer, const wire::Heartbeat& heartbeat) {
  if (heartbeat.reply) return;
  // One that cannot be answered is missed by the agent, who then greets anew.
  (void)transmit(Port::fleet, peer.routing_id, wire::Heartbeat{heartbeat.number, true});
}

void GatewayCore::receive_enroll(const net::Incoming& incoming) {
  if (incoming.user.empty()) return drop(Drop::no_user);
  if (incoming.bytes.size() > wire::max_enroll_bytes) return drop(Drop::oversize);
  const MonoTime now = clock_.mono();
  if (!strangers_.take(incoming.user, now)) return drop(Drop::rate);
  const auto message = read(incoming.user, incoming.bytes);
  if (!message.ok()) return;
  const auto* enroll = std::get_if<wire::Enroll>(&*message);
  if (enroll == nullptr) return drop(Drop::wrong_port);
  // Last: what is no enrolment costs the others nothing.
  if (!enrolments_.take(now, 1)) return drop(Drop::rate);
  sink_.on_enroll(AgentKey{std::string(incoming.user)}, *enroll,
                  [this, alive = std::weak_ptr<int>(alive_),
                   to = std::string(incoming.routing_id)](const wire::EnrollReply& reply) {
                    // A lost reply is no disaster: the same pair may ask again.
                    if (!alive.expired()) (void)transmit(Port::enroll, to, reply);
                  });
}

Status GatewayCore::send(const AgentKey& agent, const wire::Message& message) {
  const auto peer = peers_.find(agent);
  if (peer == peers_.end() || peer->second.routing_id.empty()) {
    return fail(Errc::not_found, "the agent is not connected");
  }
  auto done = transmit(Port::fleet, peer->second.routing_id, message);
  if (!done.ok() && done.error().code == Errc::not_found) peer->second.routing_id.clear();
  return done;
}

Status GatewayCore::transmit(Port port, std::string_view routing_id, const wire::Message& message) {
  wire::encode(message, buffer_);
  auto done = transport_.send(port, routing_id, buffer_);
  ++(done.ok() ? counters_.sent : counters_.send_failures);
  return done;
}

bool GatewayCore::greeted(const AgentKey& agent) const {
  const auto peer = peers_.find(agent);
  return peer != peers_.end() && !peer->second.routing_id.empty();
}

std::size_t GatewayCore::greeted_count() const {
  std::size_t count = 0;
  for (const auto& [key, peer] : peers_) count += peer.routing_id.empty() ? 0 : 1;
  return count;
}

}  // namespace edgeherd::observe
