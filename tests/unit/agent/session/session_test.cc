#include <algorithm>

#include "tests/unit/agent/session/session_box.h"

namespace edgeherd::session {

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

TEST_CASE("the first sample follows the greeting at once, and the others it in their cadence") {
  Box box;
  box.begin();
  box.loop.run_for(100ms);
  REQUIRE(box.c().samples.size() == 1);
  box.loop.run_for(850ms);
  CHECK(box.c().samples.size() == 1);
  box.loop.run_for(2s);
  CHECK(box.c().samples.size() == 3);
}

TEST_CASE("news of readiness do not wait for the next sample, but cannot make a flood of them") {
  Box box;
  box.begin();
  box.loop.run_for(500ms);
  REQUIRE(box.c().samples.size() == 1);
  box.session->sample_soon();
  box.loop.run_for(10ms);
  CHECK(box.c().samples.size() == 2);
  for (int i = 0; i < 200; ++i) {
    box.session->sample_soon();
    box.loop.run_for(10ms);
  }
  CHECK(box.c().samples.size() >= 9);
  CHECK(box.c().samples.size() <= 11);
  box.loop.run_for(10s);
  CHECK(box.c().samples.size() <= 21);
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

TEST_CASE("a link that was refused is tried at once when its coordinator admits the agent again") {
  struct Refused final : MessageLink {
    Status send(std::string_view) override { return fail(Errc::unavailable, "refused"); }
    void on_message(std::function<void(std::string_view)>) override {}
    void hurry() override { ++hurried; }
    std::size_t hurried = 0;
  };
  Refused fleet;
  Box box;
  box.begin();
  box.loop.run_for(5s);
  REQUIRE(box.c().enrolments.size() == 1);
  box.session.reset();
  auto opened =
      Session::open(box.config, {box.loop, box.files, box.random, box.hooks}, box.source, nullptr);
  REQUIRE(opened.ok());
  box.session = std::move(*opened);
  box.session->add_coordinator("c", fleet, &box.c().enroll.near());
  box.session->start();
  box.loop.run_for(2min);
  CHECK(fleet.hurried > 0);
  CHECK(box.c().enrolments.size() == 1 + fleet.hurried);
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

TEST_CASE("a coordinator hears at once that its agent obeys one of a higher epoch") {
  Box box;
  Coordinator second(box.loop, box.random);
  second.epoch = 7;
  second.answers = false;  // not there yet
  box.known.push_back(&second);
  box.begin();
  box.loop.run_for(30s);
  REQUIRE(box.c().hellos.size() == 1);
  CHECK(box.c().hellos[0].highest_epoch == 0);
  second.answers = true;
  box.loop.run_for(60s);
  REQUIRE(box.c().hellos.size() == 2);
  CHECK(box.c().hellos[1].highest_epoch == 7);
}

TEST_CASE("a coordinator that leads no longer hears at once that another has its agent drained") {
  Box box;
  Coordinator second(box.loop, box.random);
  second.epoch = 7;
  box.known.push_back(&second);
  box.begin();
  box.loop.run_for(30s);
  const std::size_t before = box.c().hellos.size();
  const std::size_t of_second = second.hellos.size();
  second.command("a1", "drain");
  box.loop.run_for(2s);
  REQUIRE(box.c().hellos.size() == before + 1);
  CHECK(box.c().hellos.back().drain_state == "draining");
  CHECK(second.hellos.size() == of_second);  // it has the answer to its command
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
  box.loop.run_for(1s);
  CHECK(box.c().samples.back().latency == std::vector<BucketCount>{{20, 8}});
  box.loop.run_for(60s);
  for (const wire::Sample& sample : box.c().samples) {
    if (sample.seq % 30 == 0) CHECK(sample.latency.size() == 2);
    if (sample.seq % 30 == 1 && sample.seq > 1) CHECK(sample.latency.empty());
  }
  box.session->connected(0);
  box.loop.run_for(100ms);
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

}  // namespace edgeherd::session
