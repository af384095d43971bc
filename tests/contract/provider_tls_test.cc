// What providers do when the TLS between them and their cloud is not as it should be. Runs where
// tls_run.sh has put TLS before the cloud.
#include "tests/contract/aws_world.h"
#include "tests/contract/digitalocean_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using model::Vm;
using test::await;

namespace {

template <class World>
Result<Vm> create(World& world, const std::string& node) {
  CreateRequest request;
  request.node = NodeId(node);
  request.fleet = "fleet-a";
  request.place = World::place("lon1");
  request.image = ImageId(world.image());
  request.user_data = "{\"enrolment_token\": \"token-of-" + node + "\"}";
  return await<Result<Vm>>(world, [&](auto done) { world.provider().create(request, done); });
}

template <class World>
Result<std::vector<Vm>> list(World& world) {
  return await<Result<std::vector<Vm>>>(world, [&](auto done) { world.provider().list(done); });
}

// Every call there is, and what it failed with.
template <class World>
std::vector<Error> all_calls(World& world, const VmId& vm) {
  std::vector<Error> errors;
  const auto keep = [&errors](const auto& result) {
    REQUIRE_FALSE(result);
    errors.push_back(result.error());
  };
  keep(list(world));
  keep(create(world, "n2"));
  keep(await<Status>(world, [&](auto done) { world.provider().destroy(vm, done); }));
  keep(await<Status>(world, [&](auto done) { world.provider().reboot(vm, done); }));
  keep(await<Result<std::vector<Image>>>(world, [&](auto done) { world.provider().images(done); }));
  return errors;
}

}  // namespace

TEMPLATE_TEST_CASE(
    "a peer that cannot be trusted to be the cloud is told nothing, and the error "
    "says which one and why",
    "[tls]", PROVIDER_WORLDS) {
  TestType world;
  const auto made = create(world, "n1");
  REQUIRE(made);
  const auto asked = world.asked();
  for (const auto& [manner, code, why] :
       {std::tuple("unknown", Errc::refused, "TLS certificate: unable to get local issuer"),
        std::tuple("expired", Errc::refused, "TLS certificate: certificate has expired"),
        std::tuple("other_name", Errc::refused,
                   "TLS certificate: it is not valid for host localhost"),
        std::tuple("old", Errc::unavailable, "TLS handshake: the peer has no TLS 1.2 or later"),
        std::tuple("plain", Errc::unavailable, "TLS handshake: what the peer says is not TLS"),
        std::tuple("hangs_up", Errc::unavailable, "TLS handshake: the peer closed the connection"),
        std::tuple("silent", Errc::timeout, "no answer within 1000 ms (TLS handshake)")}) {
    INFO(manner);
    world.reach(manner);
    if (code == Errc::timeout) world.be_patient_for(1s);
    world.restart();
    for (const Error& error : all_calls(world, made->id)) {
      CHECK(error.code == code);
      CHECK_THAT(error.message, Contains(world.peer()) && Contains(why));
      CHECK_THAT(error.message, !Contains(world.secret()) && !Contains("token-of-"));
    }
    CHECK(world.asked() == asked);
  }
  world.reach("good");
  world.be_patient_for(30s);
  world.restart();
  CHECK(list(world)->size() == 1);
}

TEMPLATE_TEST_CASE(
    "an answer that breaks off in its midst is a failure, and what it was of is found", "[tls]",
    PROVIDER_WORLDS) {
  TestType world;
  REQUIRE(create(world, "n1"));
  world.reach("cut");
  world.restart();
  const auto listed = list(world);
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::unavailable);
  CHECK_THAT(listed.error().message, Contains(world.peer()) && Contains("broke off"));
  CHECK_THAT(listed.error().message, !Contains(world.secret()));

  // The cloud has made it, and the answer that says so is cut.
  world.reach(TestType::manner_that_cuts_creations);
  world.restart();
  const auto unclear = create(world, "n2");
  if (!unclear) {
    CHECK(unclear.error().code == Errc::unavailable);  // as one that may have happened
    CHECK_THAT(unclear.error().message, Contains(world.peer()) && Contains("broke off"));
    CHECK_THAT(unclear.error().message, !Contains("token-of-"));
  }
  world.reach("good");
  world.restart();
  const auto again = create(world, "n2");
  REQUIRE(again);
  CHECK(list(world)->size() == 2);
}

TEMPLATE_TEST_CASE("authorities that cannot be read are named, and the cloud is not asked without",
                   "[tls]", PROVIDER_WORLDS) {
  TestType world;
  world.trust("/no/such/authorities.crt");
  world.restart();
  const auto listed = list(world);
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::invalid);
  CHECK_THAT(listed.error().message, Contains("/no/such/authorities.crt"));
}
