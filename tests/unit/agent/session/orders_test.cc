// Orders: commands and what they leave behind, epochs, events, damage.
#include "tests/unit/agent/session/session_box.h"

namespace edgeherd::session {

namespace {

void begin_and_close(Box& box) {
  box.begin();
  box.loop.run_for(3s);
  box.c().command("a1", "close_listener");
  box.loop.run_for(5s);
}

}  // namespace

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
  begin_and_close(box);
  box.hooks.ran.clear();
  box.restart();
  box.loop.run_for(3s);
  CHECK(box.hooks.ran == std::vector<std::string>{"close"});
}

TEST_CASE("what is closed at a start is closed once more when the box has had time to come up") {
  Box box;
  box.begin();
  box.loop.run_for(5min);
  SECTION("closed before") {
    box.c().command("a1", "close_listener");
    box.loop.run_for(5min);
    CHECK(box.hooks.ran.size() == 1);
    box.restart();
  }
  SECTION("killed in the midst of closing") {
    box.c().command("a1", "close_listener");
    box.loop.run_for(500ms);
    box.restart();
  }
  box.loop.run_for(58s);
  box.hooks.ran.clear();
  box.loop.run_for(1h);
  CHECK(box.hooks.ran == std::vector<std::string>{"close"});
  CHECK(box.session->drain_state() == DrainState::closed);
}

TEST_CASE("a close that fails at a start is told, and tried until it succeeds") {
  Box box;
  begin_and_close(box);
  box.hooks.ran.clear();
  box.hooks.result = fail(Errc::refused, "nginx is not running yet");
  box.restart();
  box.loop.run_for(10min);
  CHECK(box.hooks.ran.size() > 10);
  REQUIRE(box.c().events.size() == 1);
  CHECK(box.c().events[0].severity == "warning");
  CHECK(box.c().events[0].text.find("nginx is not running yet") != std::string::npos);
  box.hooks.result = {};
  SECTION("then once more a minute later") {
    box.loop.run_for(1min);
    CHECK(box.c().events.size() == 2);
    box.loop.run_for(2min);
    const auto closed = box.hooks.ran.size();
    box.loop.run_for(1h);
    CHECK(box.hooks.ran.size() == closed);
    CHECK(box.c().events.size() == 2);
  }
  SECTION("or somebody undrains") {
    box.c().command("a2", "undrain");
    box.loop.run_for(1h);
    CHECK(box.c().state("a2") == CommandState::done);
    CHECK(box.hooks.ran.back() == "open");
  }
}

TEST_CASE("a closed node whose opening fails may listen: it is draining, and not closed again") {
  Box box;
  begin_and_close(box);
  box.hooks.result = fail(Errc::refused, "open: exit code 3");
  box.c().command("a2", "undrain");
  box.loop.run_for(5s);
  CHECK(box.c().state("a2") == CommandState::failed);
  CHECK(box.session->drain_state() == DrainState::draining);
  box.restart();
  box.loop.run_for(5min);
  CHECK(box.c().hellos.back().drain_state == "draining");
  CHECK(box.hooks.ran.back() == "open");
}

TEST_CASE("a closed node closes again at a start although its disk takes no write") {
  Box box;
  begin_and_close(box);
  box.hooks.ran.clear();
  box.files.set_capacity(0);
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

TEST_CASE("a close whose end a full disk did not take does not come back after its undrain") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("d1", "drain");
  box.loop.run_for(1s);
  box.c().command("c1", "close_listener");
  box.loop.run_for(500ms);  // its hook is under way
  box.files.set_capacity(sim::SimFileSystem::default_capacity - *box.files.free_bytes("/s"));
  box.loop.run_for(5s);
  CHECK(box.c().state("c1") == CommandState::failed);
  box.c().command("u1", "undrain");
  box.loop.run_for(1s);
  CHECK(box.c().state("u1") == CommandState::refused);  // c1 would be taken up again after it
  box.files.set_capacity(sim::SimFileSystem::default_capacity);
  box.c().command("u1", "undrain");
  box.loop.run_for(5s);
  CHECK(box.c().state("u1") == CommandState::done);
  box.hooks.ran.clear();
  box.c().answers = false;
  box.restart();
  box.loop.run_for(5min);
  CHECK(box.hooks.ran.empty());
  CHECK(box.session->drain_state() == DrainState::serving);
}

TEST_CASE("an undrain whose end was not recorded does not end a later drain") {
  Box box;
  box.begin();
  box.loop.run_for(3s);
  box.c().command("d1", "drain");
  box.loop.run_for(1s);
  int records = 0;
  box.files.on_operation([&](const std::string& what) {
    const bool end_of_undrain = what == "append /s/commands.journal" && ++records == 2;
    if (end_of_undrain) box.files.faults().failing_appends = 1;
  });
  box.c().command("u1", "undrain");
  box.loop.run_for(1s);
  CHECK(records == 2);
  CHECK(box.c().state("u1") == CommandState::done);
  box.c().command("d2", "drain");
  box.loop.run_for(1s);
  CHECK(box.c().state("d2") == CommandState::done);
  box.restart();
  box.loop.run_for(1min);
  CHECK(box.session->drain_state() == DrainState::draining);
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
