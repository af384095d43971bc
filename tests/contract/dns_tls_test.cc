// What becomes of the names when the TLS between a DNS provider and its peer is not as it should
// be. Runs where tls_run.sh has put TLS before the cloud.
#include "coordinator/act/core/core.h"
#include "coordinator/act/names/names.h"
#include "coordinator/sim/sim_history.h"
#include "coordinator/sim/sim_state_store.h"
#include "tests/contract/digitalocean_dns_world.h"
#include "tests/contract/route53_world.h"
#include "tests/support/no_agents.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using test::await;

namespace {

const std::string lon = "lon1.edge.example.org";

struct NoStore final : StateStore {
  explicit NoStore(EventLoop& where) : loop(where) {}
  void commit(Batch, std::function<void(Status)> done) override {
    loop.post([done = std::move(done)] { done({}); });
  }
  Result<Rows> load(Table) override { return Rows(); }
  EventLoop& loop;
};

// The loop that keeps the names, over the world's DNS, with one zone; and what it has told.
template <class World>
struct Keeper {
  explicit Keeper(World& where) : world(where) {
    history.attach(world.loop());
    model::Policy policy;
    policy.zones[zone].id = zone;
    policy.zones[zone].dns_name = lon;
    core.set_policy(std::move(policy));
    core.on_event([this](const model::Event& event) {
      if (const auto* read = std::get_if<model::NamesRead>(&event)) answers = read->addresses;
      if (const auto* failed = std::get_if<model::NamesFailed>(&event)) failure = failed->error;
    });
  }
  void look() {
    answers.reset();
    failure.reset();
    names.emplace(core, world.dns());
    names->tick();
    REQUIRE(world.run_until([&] { return answers || failure; }));
  }

  World& world;
  ZoneId zone{"cloud/lon1"};
  os::RealRandom random;
  NoStore store{world.loop()};
  sim::SimHistory history;
  sim::SimNotifier notifier;
  NoAgents agents;
  Core core{{world.loop(), random, store, history, notifier, agents}, model::Policy()};
  std::optional<Names> names;
  std::optional<std::set<std::string>> answers;
  std::optional<Error> failure;
};

template <class World>
Status write(World& world, std::vector<NameSet> wanted) {
  return await<Status>(world, [&](auto done) { world.dns().write(std::move(wanted), done); });
}

}  // namespace

TEMPLATE_TEST_CASE(
    "names behind a TLS that fails are failed and not empty, and the failure says "
    "who and why",
    "[tls]", DNS_WORLDS) {
  TestType world;
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  Keeper<TestType> keeper(world);
  for (const auto& [manner, code, why] :
       {std::tuple("unknown", Errc::refused, "TLS certificate: unable to get local issuer"),
        std::tuple("expired", Errc::refused, "TLS certificate: certificate has expired"),
        std::tuple("other_name", Errc::refused, "not valid for host localhost"),
        std::tuple("old", Errc::unavailable, "no TLS 1.2 or later"),
        std::tuple("plain", Errc::unavailable, "what the peer says is not TLS"),
        std::tuple("hangs_up", Errc::unavailable, "the peer closed the connection"),
        std::tuple("silent", Errc::timeout, "(TLS handshake)"),
        std::tuple("cut", Errc::unavailable, "the answer broke off")}) {
    INFO(manner);
    world.reach(manner);
    world.be_patient_for(code == Errc::timeout ? 1s : 20s);
    world.restart();
    keeper.look();
    REQUIRE(keeper.failure);
    CHECK_FALSE(keeper.answers);
    CHECK(keeper.failure->code == code);
    CHECK_THAT(keeper.failure->message, Contains(world.peer()) && Contains(why));
    CHECK_THAT(keeper.failure->message, !Contains(world.secret()));
    CHECK(keeper.core.fleet().zone(keeper.zone).names_failure == keeper.failure->message);
    const Status written = write(world, {{lon, {"127.64.0.2"}, 30s}});
    REQUIRE_FALSE(written);
    CHECK(written.error().code == code);
  }
  world.reach("good");
  world.be_patient_for(20s);
  world.restart();
  keeper.look();
  CHECK(keeper.answers == std::set<std::string>{"127.64.0.1"});
}
