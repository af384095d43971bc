// What the session tests share: a coordinator at the other end of a simulated link, and a box.
#pragma once

#include <deque>
#include <map>

#include "agent/session/session.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_link.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "common/wire/codec.h"
#include "tests/support/catch.h"

namespace edgeherd::session {

using wire::CommandState;

// A coordinator that answers as the protocol wants, and remembers what it heard.
class Coordinator {
 public:
  Coordinator(EventLoop& loop, Random& random) : fleet(loop, random), enroll(loop, random) {
    fleet.far().on_message([this](std::string_view bytes) { take(bytes); });
    enroll.far().on_message([this](std::string_view bytes) {
      const auto message = wire::decode(bytes);
      REQUIRE(message.ok());
      enrolments.push_back(std::get<wire::Enroll>(*message));
      if (answers) say(enroll, wire::EnrollReply{refusal.empty(), refusal});
    });
  }

  void take(std::string_view bytes) {
    const auto message = wire::decode(bytes);
    REQUIRE(message.ok());
    if (const auto* hello = std::get_if<wire::Hello>(&*message)) {
      hellos.push_back(*hello);
      if (answers) say(fleet, wire::HelloReply{1, epoch, "local/a", interval_ms});
    } else if (const auto* sample = std::get_if<wire::Sample>(&*message)) {
      samples.push_back(*sample);
    } else if (const auto* status = std::get_if<wire::CommandStatus>(&*message)) {
      statuses[status->action.str()].push_back(*status);
    } else if (const auto* event = std::get_if<wire::Event>(&*message)) {
      events.push_back(*event);
    } else if (const auto* beat = std::get_if<wire::Heartbeat>(&*message)) {
      if (answers && !beat->reply) say(fleet, wire::Heartbeat{beat->number, true});
    }
  }
  static void say(sim::SimLink& link, const wire::Message& message) {
    REQUIRE(link.far().send(wire::encode(message)).ok());
  }
  void command(const std::string& id, const std::string& verb,
               std::vector<std::pair<std::string, std::string>> arguments = {}) {
    say(fleet, wire::Command{ActionId(id), epoch, 60'000, verb, std::move(arguments)});
  }
  CommandState state(const std::string& id) {
    REQUIRE_FALSE(statuses[id].empty());
    return statuses[id].back().state;
  }

  sim::SimLink fleet;
  sim::SimLink enroll;
  bool answers = true;
  std::string refusal;
  std::uint64_t epoch = 1;
  std::uint32_t interval_ms = 1000;
  std::vector<wire::Enroll> enrolments;
  std::vector<wire::Hello> hellos;
  std::vector<wire::Sample> samples;
  std::vector<wire::Event> events;
  std::map<std::string, std::vector<wire::CommandStatus>> statuses;
};

class Source final : public SampleSource {
 public:
  void fill(wire::Sample& sample) override {
    sample.ready = true;
    sample.requests = ++fills;
  }
  const SparseSketch& latency() const override { return sketch; }
  SparseSketch sketch;
  std::uint64_t fills = 0;
};

// Records what was run and ends it after a second, as it was told to.
class Hooks final : public logs::HookRunner {
 public:
  explicit Hooks(EventLoop& loop) : loop_(loop) {}
  void run(const std::vector<std::string>& argv, Duration,
           std::function<void(Status)> done) override {
    ran.push_back(argv.at(0));
    loop_.after(1s, [done = std::move(done), status = result] { done(status); });
  }
  std::vector<std::string> ran;
  Status result;

 private:
  EventLoop& loop_;
};

struct Box {
  Box() {
    REQUIRE(files.make_directories("/s").ok());
    REQUIRE(files.sync_directory("/").ok());
    config.node = NodeId("node-1");
    config.enrolment_token = "token";
    config.vm_id = "vm-1";
    config.boot_id = "boot-1";
    config.state_directory = "/s";
    config.public_key = "key-1";
    config.close_listener_hook = {"close"};
    config.open_listener_hook = {"open"};
  }
  void begin() {
    auto opened = Session::open(config, {loop, files, random, hooks}, source, nullptr);
    REQUIRE(opened.ok());
    session = std::move(*opened);
    for (Coordinator* one : known) {
      session->add_coordinator("c", one->fleet.near(), &one->enroll.near());
    }
    session->start();
  }
  void restart() {
    session.reset();
    begin();
  }
  Coordinator& c() { return first; }

  sim::SimLoop loop;
  sim::SimRandom random{42};
  sim::SimFileSystem files{loop.clock()};
  Hooks hooks{loop};
  Source source;
  Coordinator first{loop, random};
  std::vector<Coordinator*> known{&first};
  SessionConfig config;
  std::unique_ptr<Session> session;
};

}  // namespace edgeherd::session
