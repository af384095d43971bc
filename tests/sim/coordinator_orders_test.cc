// What an operator says, and that it is so.
#include <algorithm>

#include "tests/sim/coordinator_asks.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

using act::TerminateMode;
using act::TerminateRequest;
using act::TerminationPreview;
using model::NodeState;

TEST_CASE("nodes that the operator asks out are replaced and leave in order") {
  CoordinatorWorld world(1);
  settled(world);
  const NodeId out = world.fleet().nodes().begin()->first;
  act::TerminateRequest request;
  request.nodes = {out};
  const auto preview = world.controller().preview(request);
  REQUIRE(preview.ok());
  CHECK(preview->lines.size() == 1);
  CHECK(preview->warnings.size() == 2);  // the zone is at its minimum, so it waits
  CHECK(preview->lines.front().note.find("waits, held by floor") == 0);
  REQUIRE(ask<act::TerminationPreview>(world, [&](auto reply) {
            world.controller().terminate(request, reply);
          }).ok());
  int least = 2;
  REQUIRE(world.run_until(
      [&] {
        least = std::min(least, static_cast<int>(world.dns.addresses(world.name).size()));
        return world.fleet().node(out) == nullptr && in_service(world, 2);
      },
      30min));
  CHECK(least == 2);
  world.check_promises();
}

TEST_CASE("before a termination with --now its price is told, also what names cannot say") {
  CoordinatorWorld world(1);
  settled(world);
  act::TerminateRequest request;
  request.nodes = {world.fleet().nodes().begin()->first};
  request.mode = act::TerminateMode::now;
  const auto told = [&] {
    std::string all;
    const auto preview = world.controller().preview(request);
    for (const std::string& line : preview->warnings) all += line + '\n';
    return all;
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(told(), Contains("log lines not yet stored are lost") &&
                         Contains("finds nobody there, for ") && !Contains("go on answering"));
  world.dns.fail_reads(true);
  REQUIRE(
      world.run_until([&] { return told().find("go on answering") != std::string::npos; }, 2min));
  CHECK_THAT(told(), Contains("zone cloud/lon1: its names cannot be read: "));
  world.dns.fail_reads(false);
  world.restart();
  CHECK_THAT(told(), Contains("its names were not read yet; they may go on"));
}

TEST_CASE("the story of a node that was sent home tells why, what was known, and what is stored") {
  CoordinatorWorld world(12);
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::in_service) == 2; }, 2min));
  world.loop.run_for(1min);
  const NodeId id = world.fleet().nodes().begin()->first;
  TerminateRequest request;
  request.nodes = {id};
  REQUIRE(ask<TerminationPreview>(
      world, [&](auto reply) { world.controller().terminate(request, reply); }));
  REQUIRE(world.run_until([&] { return world.fleet().node(id) == nullptr; }, 30min));
  world.restart();
  std::optional<act::Story> story;
  world.history.story(id, [&](const Result<act::Story>& found) { story = *found; });
  REQUIRE(world.run_until([&] { return story.has_value(); }, 10s));

  std::vector<std::string> what;
  for (const act::StoryLine& line : story->lines) what.push_back(line.what);
  INFO(world.story());
  const auto place = [&](const char* step) {
    const auto found = std::ranges::find(what, step);
    INFO(step);
    CHECK(found != what.end());
    return found - what.begin();
  };
  const char* steps[] = {"launch",       "created",   "node_enrolled",    "admit",
                         "withdraw",     "name_gone", "begin_flush",      "archive_checked",
                         "finish_flush", "terminate", "destroy_answered", "mark_gone"};
  for (std::size_t i = 1; i < std::size(steps); ++i) {
    INFO(steps[i]);
    CHECK(place(steps[i - 1]) < place(steps[i]));
  }
  const act::StoryLine& withdraw = story->lines[static_cast<std::size_t>(place("withdraw"))];
  CHECK(withdraw.decision > 0);
  CHECK(withdraw.details.find("the operator asked for it") != std::string::npos);
  CHECK(withdraw.details.find("\"sample_age_ms\":") != std::string::npos);
  REQUIRE(story->end);
  CHECK(story->end->body.find("manifest.json") != std::string::npos);
  CHECK(story->end->body.find("\"given_up\":false") != std::string::npos);
  const auto decided =
      std::ranges::find(world.history.decisions(), withdraw.decision, &act::DecisionRecord::number);
  REQUIRE(decided != world.history.decisions().end());
  CHECK(decided->removes == act::Removes::yes);
  CHECK(decided->body.find("withdraw") != std::string::npos);
}

TEST_CASE("a termination that is larger than it seems is refused with the right number") {
  CoordinatorWorld world(2);
  world.policy.zones.at(CoordinatorWorld::zone).min_servers = 5;
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 5); }, 5min));
  act::TerminateRequest request;
  request.whole_zone = world.zone;
  const auto order = [&](auto reply) { world.controller().terminate(request, reply); };
  const auto without = ask<act::TerminationPreview>(world, order);
  REQUIRE_FALSE(without.ok());
  CHECK(without.error().message.find("--expect-count 5") != std::string::npos);
  request.expect_count = 4;
  const auto wrong = ask<act::TerminationPreview>(world, order);
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().message.find("5 nodes, not 4") != std::string::npos);
  for (const auto& [id, node] : world.fleet().nodes()) CHECK_FALSE(node.asked_out);

  request = {};
  CHECK(world.controller().preview(request).error().code == Errc::invalid);
  request.nodes = {NodeId("nobody")};
  CHECK(world.controller().preview(request).error().code == Errc::not_found);
}

TEST_CASE("a dry run of a termination tells what holds whom, and --now goes below no floor") {
  CoordinatorWorld world(41);
  world.policy.zones.at(CoordinatorWorld::zone).min_servers = 5;
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 5); }, 5min));
  world.loop.run_for(90s);
  act::TerminateRequest request;
  request.whole_zone = world.zone;
  request.mode = TerminateMode::now;
  const auto preview = world.controller().preview(request);
  REQUIRE(preview.ok());
  const auto with = [&](const std::string& note) {
    return std::count_if(preview->lines.begin(), preview->lines.end(), [&](const auto& line) {
      return line.note.find(note) != std::string::npos;
    });
  };
  CHECK(with("leaves service at once") == 0);
  CHECK(with("waits, held by floor: 4 would be left of a minimum of 5") == 5);
  const auto told = std::any_of(
      preview->warnings.begin(), preview->warnings.end(),
      [](const std::string& line) { return line.find("5 of 5 wait all the same") == 0; });
  CHECK(told);
  // And so it comes.
  request.expect_count = 5;
  REQUIRE(ask<act::TerminationPreview>(world, [&](auto reply) {
            world.controller().terminate(request, reply);
          }).ok());
  for (int second = 0; second < 300; ++second) {
    world.loop.run_for(1s);
    REQUIRE(world.in_state(NodeState::in_service) >= 5);
  }
  CHECK(world.cloud.made().size() > 5);  // replacements are on their way
}

TEST_CASE("a protected node is not terminated") {
  CoordinatorWorld world(3);
  settled(world);
  const NodeId id = world.fleet().nodes().begin()->first;
  REQUIRE(ask<void>(world, [&](auto reply) {
            world.controller().set_flag(id, model::Flag::is_protected, true, reply);
          }).ok());
  act::TerminateRequest request;
  request.nodes = {id};
  CHECK(world.controller().preview(request).error().code == Errc::refused);
}

TEST_CASE("a cordoned node leaves the name at once, and an uncordoned one comes back") {
  CoordinatorWorld world(4);
  settled(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  const auto cordon = [&](bool on) {
    return ask<void>(world, [&](auto reply) {
      world.controller().set_flag(node.id, model::Flag::cordoned, on, reply);
    });
  };
  REQUIRE(cordon(true).ok());
  REQUIRE(
      world.run_until([&] { return !world.dns.addresses(world.name).contains(node.address); }, 3s));
  REQUIRE(cordon(false).ok());
  REQUIRE(
      world.run_until([&] { return world.dns.addresses(world.name).contains(node.address); }, 3s));
}

TEST_CASE("a pause holds launches, outlives a restart, and ends with resume") {
  CoordinatorWorld world(5);
  settled(world);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().pause("a test", reply); }).ok());
  world.restart();
  world.edges.set_load(world.name, 500);
  world.loop.run_for(3min);
  CHECK(world.fleet().paused());
  CHECK(world.fleet().pause_reason() == "a test");
  CHECK(world.cloud.made().size() == 2);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().resume(reply); }).ok());
  REQUIRE(world.run_until([&] { return world.cloud.made().size() > 2; }, 1min));
}

TEST_CASE("notification targets hear of everything, for each has a threshold of its own") {
  CoordinatorWorld world(5);
  world.start();
  REQUIRE(world.run_until([&] { return !world.cloud.made().empty(); }, 1min));
  CHECK(world.notifier.sent().contains("launch"));
}

TEST_CASE("an agent that makes up codes does not make the counters grow without end") {
  CoordinatorWorld world(7);
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::in_service) == 2; }, 5min));
  const NodeId id = world.fleet().nodes().begin()->first;
  for (int i = 0; i < 5000; ++i) {
    world.controller().apply(model::AgentSpoke{
        id, {model::Severity::info, "code" + std::to_string(i), "", NodeId(), ZoneId()}});
  }
  const auto notes = world.controller().status().notes;
  CHECK(notes.size() < 300);
  CHECK(notes.at("other") > 4700);
}

TEST_CASE("a server that leaves is not protected any more, and the operator hears what keeps it") {
  CoordinatorWorld world(9);
  settled(world);
  const NodeId id = world.fleet().nodes().begin()->first;
  terminate(world, id);
  const auto drains = [&] { return world.fleet().node(id)->state == model::NodeState::draining; };
  REQUIRE(world.run_until(drains, 10min));
  const auto said = ask<void>(world, [&](auto reply) {
    world.controller().set_flag(id, model::Flag::is_protected, true, reply);
  });
  CHECK(message(said) == "node " + id.str() +
                             " is leaving already: draining; `edgeherd quarantine` keeps it where "
                             "it is");
  CHECK_FALSE(world.fleet().node(id)->is_protected);
}

TEST_CASE("a coordinator that meets a higher epoch stops acting until a takeover") {
  CoordinatorWorld world(10);
  settled(world);
  CHECK_FALSE(ask<void>(world, [&](auto reply) { world.controller().takeover(reply); }).ok());
  model::HelloHeard hello;
  hello.node = world.fleet().nodes().begin()->first;
  const std::uint64_t others = world.fleet().epoch() + 40;
  hello.highest_epoch = others + 1'000'000;
  world.controller().hello(hello);
  CHECK_FALSE(world.fleet().superseded());  // one agent may lie
  CHECK(world.notifier.sent().at("epoch_claimed") == 1);
  hello.node = std::next(world.fleet().nodes().begin())->first;
  hello.highest_epoch = others;
  world.controller().hello(hello);
  REQUIRE(world.fleet().superseded());
  world.edges.set_load(world.name, 500);
  world.loop.run_for(3min);
  CHECK(world.cloud.made().size() == 2);
  world.restart();  // which gives it no epoch that is as high as the other's
  world.loop.run_for(10min);
  REQUIRE(world.fleet().superseded());
  CHECK(world.fleet().epoch() < others);
  CHECK(world.cloud.made().size() == 2);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().takeover(reply); }).ok());
  const std::uint64_t taken_over = world.fleet().epoch();
  CHECK(taken_over > others);
  world.loop.run_for(1s);
  CHECK(world.edges.highest_epoch(hello.node) == taken_over);  // its agents know, no order was due
  REQUIRE(world.run_until([&] { return world.cloud.made().size() > 2; }, 2min));
  world.restart();
  world.loop.run_for(1s);
  CHECK(world.fleet().epoch() > taken_over);
}

TEST_CASE("an archive that lies keeps the server alive and is alarmed") {
  CoordinatorWorld world(13);
  world.edges.set_load(world.name, 50);
  settled(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  world.archive.fail_puts(archive::SimArchive::PutFault::lost, 1'000'000);
  terminate(world, node.id);
  REQUIRE(world.run_until([&] { return world.fleet().node(node.id)->held; }, 60min));
  CHECK(world.cloud.servers().contains(node.vm));
  CHECK(world.controller().status().uploads.missing > 0);
}

}  // namespace edgeherd::sim
