#include "agent/session/session.h"

#include <deque>
#include <map>

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_link.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "common/wire/codec.h"
#include "tests/support/catch.h"

namespace edgeherd::session {

namespace {

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

}  // namespace

TEST_CASE("an agent enrols, greets and then samples once a second") {
  Box box;
  box.begin();
  box.loop.run_for(10s);
  REQUIRE(box.c().enrolments.size() == 1);
  CHECK(box.c().enrolments[0].token == "token");
  REQUIRE(box.c().hellos.size() == 1);
  CHECK(box.c().hellos[0].boot_id == "boot-1");
  CHECK(box.c().hellos[0].verbs.size() == 7);
  CHECK(box.c().hellos[0].drain_state == "serving");
  CHECK(box.c().samples.size() >= 9);
  for (std::size_t i = 0; i < box.c().samples.size(); ++i) {
    CHECK(box.c().samples[i].seq == i + 1);
  }
  CHECK(box.session->zone() == "local/a");
}

TEST_CASE("enrolment is not asked for again in a later life, except with another key") {
  Box box;
  box.begin();
  box.loop.run_for(5s);
  box.restart();
  box.loop.run_for(5s);
  CHECK(box.c().enrolments.size() == 1);
  CHECK(box.c().hellos.size() == 2);
  box.config.public_key = "key-of-a-clone";
  box.restart();
  box.loop.run_for(5s);
  CHECK(box.c().enrolments.size() == 2);
}

TEST_CASE("a refused enrolment is asked again, later and later, and no HELLO is said") {
  Box box;
  box.c().refusal = "the token is not valid any more";
  box.begin();
  box.loop.run_for(10min);
  CHECK(box.c().hellos.empty());
  CHECK(box.c().enrolments.size() >= 20);
  CHECK(box.c().enrolments.size() <= 80);
  CHECK(box.session->coordinators()[0].enrol_refusal == "the token is not valid any more");
  box.c().refusal = "";
  box.loop.run_for(1min);
  CHECK(box.c().samples.size() > 10);
}

TEST_CASE(
    "while the coordinator is silent nothing is measured for it, and HELLO comes ever more "
    "seldom") {
  Box box;
  box.begin();
  box.loop.run_for(10s);
  box.c().answers = false;
  box.loop.run_for(30s);
  const auto samples = box.c().samples.size();
  const auto hellos = box.c().hellos.size();
  const auto fills = box.source.fills;
  box.loop.run_for(1h);
  CHECK(box.c().samples.size() == samples);
  CHECK(box.source.fills == fills);
  CHECK(box.c().hellos.size() - hellos < 400);
  CHECK(box.c().hellos.size() - hellos > 60);
  box.c().answers = true;
  box.loop.run_for(1min);
  CHECK(box.c().samples.size() > samples + 10);
}

TEST_CASE("a partition heals by itself, with counters that lost nothing") {
  Box box;
  box.begin();
  box.loop.run_for(10s);
  const auto direction = GENERATE(sim::Direction::near_to_far, sim::Direction::far_to_near);
  box.c().fleet.set_path(direction, sim::Path::lost);
  box.loop.run_for(5min);
  box.c().fleet.set_path(direction, sim::Path::open);
  const auto before = box.c().samples.size();
  box.loop.run_for(1min);
  CHECK(box.c().samples.size() > before + 10);
  CHECK(box.session->coordinators()[0].phase == CoordinatorPhase::ready);
}

TEST_CASE("only changed latencies travel, all of them every 30th time and after a HELLO") {
  Box box;
  box.source.sketch.add(10, 5);
  box.source.sketch.add(20, 7);
  box.begin();
  box.loop.run_for(3s);
  REQUIRE(box.c().samples.size() >= 2);
  CHECK(box.c().samples[0].latency.size() == 2);
  CHECK(box.c().samples[1].latency.empty());
  box.source.sketch.add(20, 1);
  box.loop.run_for(1500ms);
  CHECK(box.c().samples.back().latency == std::vector<BucketCount>{{20, 8}});
  box.loop.run_for(60s);
  for (const wire::Sample& sample : box.c().samples) {
    if (sample.seq % 30 == 0) CHECK(sample.latency.size() == 2);
    if (sample.seq % 30 == 1 && sample.seq > 1) CHECK(sample.latency.empty());
  }
  box.session->connected(0);
  box.loop.run_for(1500ms);
  CHECK(box.c().samples.back().latency.size() == 2);
}

TEST_CASE("under loss, doubling and reordering the coordinator ends up with every bucket") {
  Box box;
  sim::LinkConditions bad;
  bad.loss = 0.2;
  bad.duplicate = 0.2;
  bad.reorder = 0.3;
  bad.max_delay = 1500ms;
  box.c().fleet.set_conditions(sim::Direction::near_to_far, bad);
  box.c().fleet.set_conditions(sim::Direction::far_to_near, bad);
  box.begin();
  for (int i = 0; i < 300; ++i) {
    if (i < 250) box.source.sketch.add(static_cast<int>(box.random.below(50)), 1);
    box.loop.run_for(1s);
  }
  std::map<int, std::uint64_t> seen;
  for (const wire::Sample& sample : box.c().samples) {
    for (const BucketCount& bucket : sample.latency) {
      seen[bucket.bucket] = std::max(seen[bucket.bucket], bucket.count);
    }
  }
  for (const BucketCount& bucket : box.source.sketch.counts()) {
    CHECK(seen[bucket.bucket] == bucket.count);
  }
}

TEST_CASE("drain makes the node not ready, durably, and undrain takes it back") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  std::vector<DrainState> changes;
  box.session->on_drain_change([&](DrainState state) { changes.push_back(state); });
  box.c().command("a1", "drain");
  box.loop.run_for(2s);
  CHECK(box.c().state("a1") == CommandState::done);
  CHECK_FALSE(box.c().samples.back().ready);
  box.restart();
  box.loop.run_for(3s);
  CHECK(box.session->drain_state() == DrainState::draining);
  CHECK(box.c().hellos.back().drain_state == "draining");
  CHECK_FALSE(box.c().samples.back().ready);
  box.c().command("a2", "undrain");
  box.loop.run_for(2s);
  CHECK(box.c().state("a2") == CommandState::done);
  CHECK(box.c().samples.back().ready);
  CHECK(box.hooks.ran.empty());
  CHECK(changes == std::vector<DrainState>{DrainState::draining});
}

TEST_CASE("close_listener runs its hook once, however often it is said; undrain opens again") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("a1", "drain");
  for (int i = 0; i < 5; ++i) box.c().command("a2", "close_listener");
  box.loop.run_for(5s);
  CHECK(box.hooks.ran == std::vector<std::string>{"close"});
  CHECK(box.c().state("a2") == CommandState::done);
  CHECK(box.session->drain_state() == DrainState::closed);
  box.c().command("a3", "undrain");
  box.loop.run_for(5s);
  CHECK(box.hooks.ran == std::vector<std::string>{"close", "open"});
  CHECK(box.session->drain_state() == DrainState::serving);
}

TEST_CASE("a closed node closes again after a reboot, which may have opened it") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("a1", "close_listener");
  box.loop.run_for(5s);
  box.hooks.ran.clear();
  box.restart();
  box.loop.run_for(3s);
  CHECK(box.hooks.ran == std::vector<std::string>{"close"});
}

TEST_CASE("a hook that fails fails the command, with its words, and the state stays") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("a1", "drain");
  box.hooks.result = fail(Errc::refused, "close: exit code 3");
  box.c().command("a2", "close_listener");
  box.loop.run_for(5s);
  CHECK(box.c().state("a2") == CommandState::failed);
  CHECK(box.c().statuses["a2"].back().message == "close: exit code 3");
  CHECK(box.session->drain_state() == DrainState::draining);
  // It may have closed half of it: undrain opens.
  box.hooks.result = {};
  box.c().command("a3", "undrain");
  box.loop.run_for(5s);
  CHECK(box.hooks.ran.back() == "open");
}

TEST_CASE("killed in the midst of closing, the agent closes when it is back and says so") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("a1", "close_listener");
  box.loop.run_for(500ms);
  CHECK(box.hooks.ran.size() == 1);
  box.restart();
  box.loop.run_for(5s);
  CHECK(box.session->drain_state() == DrainState::closed);
  CHECK(box.c().state("a1") == CommandState::done);
}

TEST_CASE("an undrain overtakes a close that has not begun") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("a1", "close_listener");
  box.c().command("a2", "close_listener");
  box.c().command("a3", "undrain");
  box.loop.run_for(10s);
  CHECK(box.session->drain_state() == DrainState::serving);
  CHECK(box.hooks.ran.back() == "open");
  CHECK(box.c().state("a2") == CommandState::failed);
  CHECK(box.c().state("a3") == CommandState::done);
}

TEST_CASE("a coordinator of a lower epoch may listen, but not steer") {
  Box box;
  Coordinator old(box.loop, box.random);
  old.epoch = 3;
  old.interval_ms = 200;
  box.c().epoch = 4;
  box.known.push_back(&old);
  box.begin();
  box.loop.run_for(3s);
  CHECK(box.session->sample_interval() == 1s);
  old.command("a1", "drain");
  box.loop.run_for(1s);
  CHECK(old.state("a1") == CommandState::refused);
  CHECK(box.session->drain_state() == DrainState::serving);
  CHECK_FALSE(old.samples.empty());
  CHECK(old.hellos.size() == 1);
}

TEST_CASE("the interval follows set_interval, and the next HELLO_REPLY resets it") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("a1", "set_interval", {{"interval_ms", "100"}});
  const auto before = box.c().samples.size();
  box.loop.run_for(5s);
  CHECK(box.c().samples.size() - before > 40);
  box.session->connected(0);
  box.loop.run_for(1s);
  CHECK(box.session->sample_interval() == 1s);
}

TEST_CASE("without logs a flush has nothing to do, and a rotation is an error") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("a1", "flush");
  box.c().command("a2", "rotate");
  box.c().command("a3", "reload");
  box.loop.run_for(1s);
  CHECK(box.c().state("a1") == CommandState::done);
  CHECK(box.c().state("a2") == CommandState::failed);
  CHECK(box.c().state("a3") == CommandState::failed);
}

TEST_CASE("an order that does not end by its deadline is reported as failed") {
  Box box;
  std::function<void(Status)> finish;
  box.begin();
  box.session->on_reload([&](Session::Finished finished) { finish = std::move(finished); });
  box.loop.run_for(3s);
  box.c().command("a1", "reload");
  box.loop.run_for(59s);
  CHECK(box.c().state("a1") == CommandState::accepted);
  box.loop.run_for(2s);
  CHECK(box.c().state("a1") == CommandState::failed);
  CHECK(box.c().statuses["a1"].back().message == "the deadline has passed");
  finish({});  // late: said to nobody
  box.loop.run_for(1s);
  CHECK(box.c().state("a1") == CommandState::failed);
}

TEST_CASE("events that nobody could hear are kept, the newest 64, and told in order") {
  Box box;
  box.c().answers = false;
  box.begin();
  for (int i = 0; i < 100; ++i) box.session->raise({"info", "e" + std::to_string(i), ""});
  box.c().answers = true;
  box.loop.run_for(1min);
  REQUIRE(box.c().events.size() == 64);
  CHECK(box.c().events.front().code == "e36");
  CHECK(box.c().events.back().code == "e99");
}

TEST_CASE("garbage from the coordinator's port is counted and harmless") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  REQUIRE(box.c().fleet.far().send("\xdd\xff\xff\xff\xff").ok());
  REQUIRE(box.c().fleet.far().send("").ok());
  Coordinator::say(box.c().fleet, wire::Hello{});
  box.loop.run_for(1s);
  CHECK(box.session->coordinators()[0].messages_refused == 2);
  CHECK(box.session->coordinators()[0].phase == CoordinatorPhase::ready);
}

TEST_CASE("a damaged state file stops the start with its name, and is left as it is") {
  Box box;
  REQUIRE(box.files.write_whole("/s/session.state", "edgeherd-session 1\ndrain maybe\n").ok());
  const auto opened =
      Session::open(box.config, {box.loop, box.files, box.random, box.hooks}, box.source, nullptr);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().message.find("/s/session.state") != std::string::npos);
  CHECK(box.files.read_whole("/s/session.state", 100)->find("maybe") != std::string::npos);
}

}  // namespace edgeherd::session
