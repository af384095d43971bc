// A GatewaySink that writes down who said what.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/observe/gateway_core.h"

namespace edgeherd::observe {

class RecordingSink : public GatewaySink {
 public:
  std::vector<std::string> calls;  // "<what> <key>"
  std::function<void(const AgentKey&)> on_any;
  std::function<wire::EnrollReply(const AgentKey&, const wire::Enroll&)> enroll;

  void expect(const AgentKey&, Bookmark&, Nearness) override {}
  void on_hello(const AgentKey& agent, const wire::Hello&) override { note("hello", agent); }
  void on_sample(const AgentKey& agent, Bookmark&, wire::Sample&&) override {
    note("sample", agent);
  }
  void on_event(const AgentKey& agent, const wire::Event&) override { note("event", agent); }
  void on_command_status(const AgentKey& agent, const wire::CommandStatus&) override {
    note("status", agent);
  }
  void on_upload_request(const AgentKey& agent, const wire::UploadRequest&) override {
    note("request", agent);
  }
  void on_upload_done(const AgentKey& agent, const wire::UploadDone&) override {
    note("done", agent);
  }
  void on_enroll(const AgentKey& agent, const wire::Enroll& message, EnrollAnswer answer) override {
    note("enroll", agent);
    answer(enroll ? enroll(agent, message) : wire::EnrollReply{false, "as told"});
  }

 private:
  void note(const char* what, const AgentKey& agent) {
    calls.push_back(std::string(what) + " " + agent.str());
    if (on_any) on_any(agent);
  }
};

}  // namespace edgeherd::observe
