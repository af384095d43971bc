#include "coordinator/act/core/durable.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace edgeherd::act {

namespace {

const Instant then{MonoTime(1000s), from_unix_millis(1'800'000'000'000)};

model::Node full_node() {
  model::Node node;
  node.id = NodeId("lon1-abc");
  node.zone = ZoneId("cloud/lon1");
  node.provider = ProviderId("cloud");
  node.origin = model::Origin::adopted;
  node.image = ImageId("image-1");
  node.image_version = "v1";
  node.size = "small";
  node.place = "lon1b";
  node.price = model::Price{12'345};
  node.spilled_for = ZoneId("other/lon1");
  node.state = model::NodeState::draining;
  node.state_since = then.mono - 20s;
  node.visit = 7;
  node.requested_at = then.mono - 60s;
  node.vm = VmId("17");
  node.address = "10.0.0.1";
  node.private_address = "10.1.0.1";
  node.key = AgentKey("key");
  node.cordoned = node.is_protected = node.quarantined = node.held = true;
  node.skip_flush = node.asked_out = node.drop_now = true;
  node.cause = model::Cause::sick;
  node.cause_text = "a \"quoted\" cause\n";
  node.leaving.name_gone_at = then.mono - 5s;
  node.leaving.name_ttl = 90min;
  node.leaving.command_done = true;
  node.leaving.command_failure = "no";
  node.leaving.archive_checked = true;
  node.leaving.archive_failure = "gap";
  node.leaving.reboots = 1;
  node.leaving.rebooted_at = then.mono - 3s;
  return node;
}

// The clocks of another process, `later` by the wall clock.
Instant after_restart(Duration later) {
  return {MonoTime(5s), then.stored + later};
}

}  // namespace

TEST_CASE("a node survives its row in every durable part") {
  const model::Node node = full_node();
  const std::string body = node_body(node, then);
  const auto read = read_node("lon1-abc", body, model::Policy{}, then);
  REQUIRE(read.ok());
  CHECK(node_body(*read, then) == body);
  CHECK(read->id == node.id);
  CHECK(read->state == node.state);
  CHECK(read->visit == 7);
  CHECK(read->asked_out);
  CHECK(read->state_since == node.state_since);
  CHECK(read->cause_text == node.cause_text);
}

TEST_CASE("a provider's text that is no UTF-8 stops no start, written now or before") {
  model::Node node = full_node();
  node.cause_text = "cut at \xc3";
  std::string body = node_body(node, then);
  CHECK(read_node("lon1-abc", body, model::Policy{}, then)->cause_text == "cut at ?");
  body.replace(body.find("cut at ?"), 8, "cut at \xc3");
  const auto read = read_node("lon1-abc", body, model::Policy{}, then);
  REQUIRE(read.ok());
  CHECK(read->cause_text == "cut at ?");
}

TEST_CASE("a row of before it was kept whether a reboot was done had one try, which is spent") {
  std::string body = node_body(full_node(), then);
  const std::string flag = R"("rebooted":false,)";
  const auto at = body.find(flag);
  REQUIRE(at != std::string::npos);
  body.erase(at, flag.size());
  const auto read = read_node("lon1-abc", body, model::Policy{}, then);
  REQUIRE(read.ok());
  CHECK(read->leaving.rebooted);
}

TEST_CASE("ages go on over a restart on the wall clock") {
  const auto now = after_restart(10s);
  const auto read = read_node("n", node_body(full_node(), then), model::Policy{}, now);
  REQUIRE(read.ok());
  CHECK(now.mono - read->state_since == 30s);
  CHECK(now.mono - *read->leaving.name_gone_at == 15s);
}

TEST_CASE(
    "a TTL that caches may still hold is waited for over a restart, and at most a day of it") {
  const auto now = after_restart(75min);
  model::Node node = full_node();
  SECTION("as it was") {
    const auto read = read_node("n", node_body(node, then), model::Policy{}, now);
    REQUIRE(read.ok());
    CHECK(read->leaving.name_ttl == 90min);
    CHECK(now.mono - *read->leaving.name_gone_at == 75min + 5s);
  }
  SECTION("a wrong row") {
    node.leaving.name_ttl = 24h * 365;
    const auto read = read_node("n", node_body(node, then), model::Policy{}, now);
    REQUIRE(read.ok());
    CHECK(read->leaving.name_ttl == model::longest_dns_ttl);
  }
  SECTION("a row of before it was kept") {
    node.leaving.name_ttl = {};
    const auto read = read_node("n", node_body(node, then), model::Policy{}, now);
    REQUIRE(read.ok());
    CHECK(read->leaving.name_ttl == Duration{});
  }
}

TEST_CASE("a wall clock that jumped makes no window longer, and puts no moment into the future") {
  model::Policy policy;
  SECTION("ahead by a year") {
    const auto now = after_restart(24h * 365);
    const auto read = read_node("n", node_body(full_node(), then), policy, now);
    REQUIRE(read.ok());
    CHECK(now.mono - read->state_since == policy.timings.drain_deadline);
  }
  SECTION("back by a year") {
    const auto now = after_restart(-24h * 365);
    const auto read = read_node("n", node_body(full_node(), then), policy, now);
    REQUIRE(read.ok());
    CHECK(read->state_since == now.mono);
    CHECK(*read->leaving.name_gone_at == now.mono);
  }
}

TEST_CASE("a back-off is never longer than the longest one") {
  model::Policy policy;
  const model::PlacementId id{ProviderId("cloud"), "lon1", "s-2vcpu"};
  const model::Placement placement{3,      then.mono + 10min, "silent", 2, then.mono + 20min,
                                   "none", "v1|1.2|abc"};
  const std::string body = placement_body(id, placement, then);
  const auto back = after_restart(-24h);
  const auto read = read_placement("cloud/lon1/s-2vcpu", body, policy, back);
  REQUIRE(read.ok());
  CHECK(*read->placement.not_before - back.mono == policy.breakers.placement_backoff_most);
  CHECK(*read->placement.stock_not_before - back.mono == policy.breakers.stock_backoff_most);
  CHECK(read->id == id);
  CHECK(read->placement.stock_outs == 2);
  CHECK(read->placement.stock_failure == "none");
  CHECK(read->placement.made_of == "v1|1.2|abc");
  const auto late = read_placement("cloud/lon1/s-2vcpu", body, policy, after_restart(1h));
  REQUIRE(late.ok());
  CHECK(*late->placement.not_before == after_restart(1h).mono);
  CHECK(*late->placement.stock_not_before == after_restart(1h).mono);
  CHECK_FALSE(read_placement("cloud/lon1/large", body, policy, back).ok());
}

TEST_CASE("a placement's row of before it told what its servers were made of is read") {
  const std::string body =
      R"({"schema":1,"provider":"cloud","place":"lon1","size":"","consecutive_failures":1,)"
      R"("not_before":null,"last_failure":"silent","stock_outs":0,"stock_not_before":null,)"
      R"("stock_failure":""})";
  const auto read = read_placement("cloud/lon1/", body, {}, then);
  REQUIRE(read.ok());
  CHECK(read->placement.made_of.empty());
}

TEST_CASE("the operator's word for removals is read as it was written") {
  const auto asked = GENERATE(std::optional<int>(), std::optional(0), std::optional(15));
  const auto read = read_zone("cloud/lon1", zone_body({7, asked}));
  REQUIRE(read.ok());
  CHECK(read->removals == 7);
  CHECK(read->asked == asked);
  CHECK_FALSE(read_zone("cloud/lon1", R"({"schema":1})").ok());
  CHECK_FALSE(
      read_zone("cloud/lon1", R"({"schema":1,"confirmed_removals":7,"closed":false})").ok());
}

TEST_CASE("the operator's word of before it was kept what it was for is for nothing") {
  const auto read = read_zone("cloud/lon1", R"({"schema":1,"confirmed_removals":7})");
  REQUIRE(read.ok());
  CHECK(read->removals == 0);
}

TEST_CASE("a server's row of before zones had several placements is of its zone's own place") {
  model::Policy policy;
  policy.zones[full_node().zone].place = "lon1";
  std::string body = node_body(full_node(), then);
  for (const std::string name : {"place", "spilled_for", "price_micros"}) {
    const auto from = body.find(",\"" + name + "\":");
    REQUIRE(from != std::string::npos);
    const auto end = std::min(body.find(",\"", from + 1), body.size() - 1);
    body.erase(from, end - from);
  }
  const auto read = read_node("n", body, policy, then);
  REQUIRE(read.ok());
  CHECK(read->place == "lon1");
  CHECK_FALSE(read->price);
  CHECK(read->spilled_for.empty());
}

TEST_CASE("departures are known for as long as any window may be, and launches for theirs") {
  model::Policy policy;
  const auto now = after_restart(24h * 3);
  const model::Departure departure{NodeId("n"), ZoneId("z"), model::Cause::scale_in, then.mono};
  const auto left = read_departure("k", departure_body(departure, then), policy, now);
  REQUIRE(left.ok());
  CHECK(now.mono - left->at == departures_kept);
  const auto soon = after_restart(1h);  // beyond the window of now
  CHECK(soon.mono - read_departure("k", departure_body(departure, then), policy, soon)->at == 1h);
  const model::Launch launch{NodeId("n"), ZoneId("z"), ProviderId("p"), then.mono, true};
  const auto made = read_launch("n", launch_body(launch, then), policy, now);
  REQUIRE(made.ok());
  CHECK(now.mono - made->at == policy.budgets.failed_boot_window);
  CHECK(made->failed);
}

TEST_CASE("changes of health and of direction are clamped to their windows") {
  model::Policy policy;
  const auto now = after_restart(24h);
  const model::HealthChange change{NodeId("n"), ZoneId("z"), ProviderId("p"), then.mono};
  const auto changed = read_health_change("k", health_change_body(change, then), policy, now);
  REQUIRE(changed.ok());
  CHECK(now.mono - changed->at == policy.breakers.window);
  CHECK(changed->provider == ProviderId("p"));
  const model::Turn turn{ZoneId("z"), model::Direction::down, then.mono};
  const auto turned = read_turn("k", turn_body(turn, then), policy, now);
  REQUIRE(turned.ok());
  CHECK(now.mono - turned->at == policy.scaling.flap_window);
  CHECK(turned->direction == model::Direction::down);
}

TEST_CASE("intents, segments and orders survive their rows") {
  const Intent intent{
      NodeId("n"), IntentKind::destroy, ZoneId("z"), ProviderId("p"), VmId("v"), then.stored, true,
      true,        then.stored,         "done"};
  const auto key = intent_key(intent.node, intent.kind);
  const auto read = read_intent(key, intent_body(intent));
  REQUIRE(read.ok());
  CHECK(intent_body(*read) == intent_body(intent));
  CHECK_FALSE(read_intent("n/launch", intent_body(intent)).ok());

  const Segment segment{NodeId("n"), 12, "logs/k", 5, 6, "sha", "md5"};
  CHECK(segment_key(segment.node, 12) == "n/000000012");
  const auto stored = read_segment("n/000000012", segment_body(segment));
  REQUIRE(stored.ok());
  CHECK(segment_body(*stored) == segment_body(segment));
  CHECK_FALSE(read_segment("n/000000013", segment_body(segment)).ok());

  const Orders orders{true, "why", true, "empty", 9, true};
  const auto standing = read_orders(orders_body(orders));
  REQUIRE(standing.ok());
  CHECK(orders_body(*standing) == orders_body(orders));
}

TEST_CASE("a row that is not exactly right is refused with its place") {
  const auto message = [](const std::string& body) {
    const auto read = read_orders(body);
    return read.ok() ? std::string("(accepted)") : read.error().message;
  };
  const std::string good = orders_body({});
  REQUIRE(message(good) == "(accepted)");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return message(text);
  };
  const std::string where = "row 'orders' of table order: ";
  CHECK(message("[]") == where + "the body is not a JSON object");
  CHECK(changed("\"epoch\":0", "\"epoch\":-1") ==
        where + "field 'epoch' is not a whole number from 0 on");
  CHECK(changed("\"paused\":false", "\"paused\":0") ==
        where + "field 'paused' is neither true nor false");
  CHECK(changed("\"pause_reason\":\"\"", "\"pause_reason\":null") ==
        where + "field 'pause_reason' is not a text");
  CHECK(changed("{", "{\"x\":1,") == where + "it has 1 fields that this program does not know");
}

}  // namespace edgeherd::act
