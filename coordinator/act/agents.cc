// What agents say to the controller, and what every one of them is told.
#include "coordinator/act/controller_state.h"

namespace edgeherd::act {

void Controller::hello(const model::HelloHeard& hello) {
  State& state = *state_;
  state.core.apply(hello);
  const model::Node* node = state.core.fleet().node(hello.node);
  if (node != nullptr) state.greet(*node);
}

void Controller::State::greet(const model::Node& node) {
  if (node.key.empty()) return;
  wire::HelloReply reply;
  // A dry run beside the coordinator that acts must not draw its agents away.
  reply.epoch = core.policy().shadow ? 0 : core.fleet().epoch();
  reply.zone = node.zone.str();
  reply.sample_interval_ms =
      static_cast<std::uint32_t>(millis(core.policy().timings.sample_period));
  (void)core.agents().send(node.key, reply);
}

void Controller::State::greet_all() {
  for (const auto& [id, node] : core.fleet().nodes()) greet(node);
}

void Controller::upload_requested(const NodeId& id, const wire::UploadRequest& request) {
  const model::Node* node = state_->core.fleet().node(id);
  if (node != nullptr && !node->key.empty()) state_->uploads.request(*node, request);
}

void Controller::upload_done(const NodeId& id, const wire::UploadDone& done) {
  const model::Node* node = state_->core.fleet().node(id);
  if (node != nullptr && !node->key.empty()) state_->uploads.done(*node, done);
}

}  // namespace edgeherd::act
