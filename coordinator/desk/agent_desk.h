// AgentDesk: between the gateway's ports and the controller, both ways. Identity is the key that
// the gateway vouches for; what an agent says of itself names nobody.
//
// Thread: the loop's. Owner: the app, or a simulation. Closed until open(): what agents say before
// the controller has started is dropped (they say it again). Gate and controller outlive its use.
#pragma once

#include <string>

#include "coordinator/act/controller.h"
#include "coordinator/act/seams/agent_port.h"
#include "coordinator/observe/agent_gate.h"
#include "coordinator/observe/gateway_core.h"

namespace edgeherd::desk {

class AgentDesk final : public observe::GatewaySink, public act::AgentPort {
 public:
  explicit AgentDesk(std::string enrolment_key) : enrolment_key_(std::move(enrolment_key)) {}

  void set_gate(observe::AgentGate* gate) { gate_ = gate; }
  void open(act::Controller& controller) { controller_ = &controller; }
  void close() { controller_ = nullptr; }

  // The controller's side.
  Status send(const AgentKey& to, const wire::Message& message) override;
  void admit(const AgentKey& key) override;
  void revoke(const AgentKey& key) override;

  // The gateway's side.
  void expect(const AgentKey& agent, Bookmark& mark, Nearness nearness) override;
  void on_hello(const AgentKey& agent, const wire::Hello& hello) override;
  void on_sample(const AgentKey& agent, Bookmark& mark, wire::Sample&& sample) override;
  void on_event(const AgentKey& agent, const wire::Event& event) override;
  void on_command_status(const AgentKey& agent, const wire::CommandStatus& status) override;
  void on_upload_request(const AgentKey& agent, const wire::UploadRequest& request) override;
  void on_upload_done(const AgentKey& agent, const wire::UploadDone& done) override;
  void on_enroll(const AgentKey& agent, const wire::Enroll& enroll, EnrollAnswer answer) override;

  // Messages of admitted keys that are no node's (any more).
  [[nodiscard]] std::uint64_t strangers() const { return strangers_; }
  [[nodiscard]] std::uint64_t wrong_tokens() const { return wrong_tokens_; }

 private:
  // Null, and counted, if the key is no node's.
  const model::Node* node_of(const AgentKey& agent);
  const model::Node* node_of(const AgentKey& agent, Bookmark& mark);
  const model::Node* known(const model::Node* node);

  std::string enrolment_key_;
  observe::AgentGate* gate_ = nullptr;
  act::Controller* controller_ = nullptr;
  std::uint64_t strangers_ = 0;
  std::uint64_t wrong_tokens_ = 0;
};

}  // namespace edgeherd::desk
