// The agents' side of commands and log shipping.
#include <utility>

#include "common/archive/manifest.h"
#include "common/crypto/digest.h"
#include "coordinator/sim/sim_edges_state.h"

namespace edgeherd::sim {

using Outcome = model::CommandAnswered::Outcome;

namespace {

constexpr Duration ask_again = 3s;
constexpr std::string_view date = "2026-01-01";

Outcome outcome_of(wire::CommandState state) {
  switch (state) {
    case wire::CommandState::accepted:
      return Outcome::accepted;
    case wire::CommandState::done:
      return Outcome::done;
    case wire::CommandState::failed:
      return Outcome::failed;
    case wire::CommandState::refused:
      return Outcome::refused;
  }
  return Outcome::failed;
}

}  // namespace

void SimEdges::State::answer(Edge& edge, const wire::CommandStatus& status) {
  tell(edge, [status](act::Controller& to, const NodeId& node) {
    to.apply(model::CommandAnswered{node, status.action, outcome_of(status.state), status.message});
  });
}

// No id runs twice: a known one is answered with what is recorded.
void SimEdges::State::obey(Edge& edge, const wire::Command& command) {
  if (command.epoch < edge.highest_epoch) {
    return answer(edge, {command.action, wire::CommandState::refused, "a stale epoch"});
  }
  edge.highest_epoch = command.epoch;
  const auto known = edge.known.find(command.action);
  if (known != edge.known.end()) return answer(edge, known->second);
  ++ran[command.verb];
  wire::CommandStatus status{command.action, wire::CommandState::done, ""};
  if (command.verb == "drain") {
    edge.drain_state = "draining";
  } else if (command.verb == "undrain") {
    edge.drain_state = "serving";
    edge.flushing.reset();
    edge.sending.reset();
  } else if (command.verb == "close_listener") {
    edge.drain_state = "closed";
  } else if (command.verb == "flush") {
    status.state = wire::CommandState::accepted;
    edge.flushing = command.action;
  } else {
    status = {command.action, wire::CommandState::refused, "unknown verb"};
  }
  edge.known[command.action] = status;
  answer(edge, status);
}

std::string SimEdges::State::manifest_of(const Edge& edge) const {
  archive::Manifest manifest;
  manifest.node = edge.node.str();
  for (const auto& [seq, shipped] : edge.stored) {
    manifest.segments.push_back({seq, shipped.key, shipped.lines, shipped.body.size(),
                                 crypto::to_hex(crypto::sha256(shipped.body))});
  }
  return archive::to_json(manifest);
}

// While flushing: the open lines as one segment, then the manifest, then `done`.
void SimEdges::State::ship(Edge& edge) {
  if (!edge.flushing) return;
  if (edge.sending) {
    if (world.clock().mono() - edge.sending->asked_at >= ask_again) ask_upload(edge);
    return;
  }
  Edge::Sending sending;
  if (edge.lines_open + edge.lines_closed > 0) {
    edge.lines_closed += std::exchange(edge.lines_open, 0);
    sending.seq = edge.next_seq;
    sending.body = edge.vm.str() + " " + std::to_string(sending.seq) + ": " +
                   std::to_string(edge.lines_closed) + " lines";
  } else {
    sending.body = manifest_of(edge);
  }
  edge.sending = std::move(sending);
  ask_upload(edge);
}

void SimEdges::State::ask_upload(Edge& edge) {
  Edge::Sending& sending = *edge.sending;
  sending.asked_at = world.clock().mono();
  sending.put = false;
  wire::UploadRequest request;
  request.seq = sending.seq;
  request.date = date;
  request.lines = sending.seq == 0 ? 0 : edge.lines_closed;
  request.raw_bytes = request.bytes = sending.body.size();
  request.sha256 = crypto::to_hex(crypto::sha256(sending.body));
  request.md5 = crypto::to_base64(crypto::md5(sending.body));
  tell(edge,
       [request](act::Controller& to, const NodeId& node) { to.upload_requested(node, request); });
}

void SimEdges::State::granted(Edge& edge, const wire::UploadGrant& grant) {
  if (!edge.sending || edge.sending->seq != grant.seq || edge.sending->put) return;
  if (!grant.refusal.empty()) return;  // asked again later
  edge.sending->put = true;
  edge.sending->key = grant.key;
  archive.put({grant.url, grant.headers}, edge.sending->body,
              [self = weak_from_this(), vm = edge.vm, grant](const Result<int>& status) {
                const auto state = self.lock();
                if (!state) return;
                const auto at = state->edges.find(vm);
                if (at == state->edges.end() || !at->second.sending) return;
                const bool there =
                    status.ok() && (*status == 200 || *status == 201 || *status == 412);
                if (!there || at->second.sending->seq != grant.seq) return;
                const Edge& sender = at->second;
                wire::UploadDone done;
                done.seq = grant.seq;
                done.key = grant.key;
                done.lines = grant.seq == 0 ? 0 : sender.lines_closed;
                done.bytes = sender.sending->body.size();
                done.sha256 = crypto::to_hex(crypto::sha256(sender.sending->body));
                state->tell(sender, [done](act::Controller& to, const NodeId& node) {
                  to.upload_done(node, done);
                });
              });
}

void SimEdges::State::judged(Edge& edge, const wire::UploadVerdict& verdict) {
  if (!edge.sending || edge.sending->seq != verdict.seq || !edge.sending->put) return;
  if (!verdict.stored) {
    edge.sending->asked_at = world.clock().mono();  // again, after the wait
    return;
  }
  const Edge::Sending sent = std::move(*edge.sending);
  edge.sending.reset();
  if (sent.seq > 0) {
    edge.stored[sent.seq] = {sent.key, edge.lines_closed, sent.body};
    lines_archived += std::exchange(edge.lines_closed, 0);
    ++edge.next_seq;
    return;
  }
  if (!edge.flushing) return;
  const wire::CommandStatus done{*edge.flushing, wire::CommandState::done, ""};
  edge.known[done.action] = done;
  edge.flushing.reset();
  answer(edge, done);
}

}  // namespace edgeherd::sim
