#include "coordinator/desk/agent_desk.h"

#include "common/telemetry/log.h"
#include "coordinator/observe/convert.h"
#include "coordinator/observe/tokens.h"

namespace edgeherd::desk {

Status AgentDesk::send(const AgentKey& to, const wire::Message& message) {
  if (gate_ == nullptr) return fail(Errc::not_found, "the ports are not open");
  return gate_->send(to, message);
}

void AgentDesk::admit(const AgentKey& key) {
  if (gate_ != nullptr) gate_->admit(key);
}

void AgentDesk::revoke(const AgentKey& key) {
  if (gate_ != nullptr) gate_->revoke(key);
}

const model::Node* AgentDesk::node_of(const AgentKey& agent) {
  return controller_ == nullptr ? nullptr : known(controller_->fleet().node_of(agent));
}

const model::Node* AgentDesk::node_of(const AgentKey& agent, Bookmark& mark) {
  return controller_ == nullptr ? nullptr : known(controller_->fleet().node_of(agent, mark));
}

const model::Node* AgentDesk::known(const model::Node* node) {
  if (node == nullptr) ++strangers_;
  return node;
}

void AgentDesk::expect(const AgentKey& agent, Bookmark& mark, Nearness nearness) {
  if (controller_ != nullptr) controller_->fleet().expect(agent, mark, nearness);
}

void AgentDesk::on_hello(const AgentKey& agent, const wire::Hello& hello) {
  if (const model::Node* node = node_of(agent)) {
    telemetry::info("gateway", node->id.str() + " greets, agent " + hello.agent_version +
                                   ", image " + hello.image_version + ", " + hello.drain_state);
    controller_->hello(observe::to_model(node->id, hello));
  }
}

void AgentDesk::on_sample(const AgentKey& agent, Bookmark& mark, wire::Sample&& sample) {
  if (const model::Node* node = node_of(agent, mark)) {
    controller_->apply(model::SampleHeard{node->id, observe::to_model(std::move(sample))});
  }
}

void AgentDesk::on_event(const AgentKey& agent, const wire::Event& event) {
  if (const model::Node* node = node_of(agent)) {
    controller_->apply(observe::to_model(node->id, node->zone, event));
  }
}

void AgentDesk::on_command_status(const AgentKey& agent, const wire::CommandStatus& status) {
  if (const model::Node* node = node_of(agent)) {
    controller_->apply(observe::to_model(node->id, status));
  }
}

void AgentDesk::on_upload_request(const AgentKey& agent, const wire::UploadRequest& request) {
  if (const model::Node* node = node_of(agent)) controller_->upload_requested(node->id, request);
}

void AgentDesk::on_upload_done(const AgentKey& agent, const wire::UploadDone& done) {
  if (const model::Node* node = node_of(agent)) controller_->upload_done(node->id, done);
}

void AgentDesk::on_enroll(const AgentKey& agent, const wire::Enroll& enroll, EnrollAnswer answer) {
  if (controller_ == nullptr) return;
  if (!observe::proves(enrolment_key_, enroll.node, enroll.token)) {
    // The same words for every node name, so that a stranger learns nothing about which exist.
    ++wrong_tokens_;
    return answer({false, "the token is not valid for this node"});
  }
  controller_->enroll(enroll.node, agent, VmId(enroll.vm_id),
                      [answer = std::move(answer), node = enroll.node](const Status& status) {
                        if (status.ok()) {
                          telemetry::info("gateway", node.str() + " enrolled");
                          return answer({true, ""});
                        }
                        telemetry::warning("gateway", "enrolment of " + node.str() +
                                                          " refused: " + status.error().message);
                        // What may pass is not answered: a refusal would be the agent's last word.
                        if (status.error().code == Errc::unavailable) return;
                        answer({false, status.error().message});
                      });
}

}  // namespace edgeherd::desk
