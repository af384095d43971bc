// When the coordinator says of itself that it is not ready: asked in virtual time.
#include <optional>

#include "coordinator/api/api.h"
#include "tests/sim/coordinator_world.h"
#include "tests/unit/coordinator/api/api_bench.h"

using namespace edgeherd;
using namespace edgeherd::tests;

namespace {

struct Asked {
  sim::CoordinatorWorld world{1};
  std::map<ZoneId, web::ZoneFacts> zones;
  web::ConfigStatus config;
  std::unique_ptr<api::Api> api;

  Asked() {
    world.start();
    api::Host host;
    host.loop = &world.process();
    host.controller = &world.controller();
    host.history = &world.history;
    host.zones = &zones;
    host.config = &config;
    host.access = api::Access({}, api::Reach::this_machine);
    api = std::make_unique<api::Api>(std::move(host));
  }
  http::Response get(const std::string& path) const {
    http::Request request;
    request.method = "GET";
    request.path = path;
    std::optional<http::Response> got;
    api->handle(std::move(request), [&](http::Response answer) { got = std::move(answer); });
    REQUIRE(got);
    return *got;
  }
};

}  // namespace

TEST_CASE("a store that does not answer makes the coordinator not ready, and its state says so") {
  Asked asked;
  asked.world.loop.run_for(50ms);  // the epoch is stored
  CHECK(asked.get("/readyz").status == 200);
  CHECK(text(document(asked.get("/v1/status")), "state") == "acting");
  asked.world.store.set_latency(2min, 2min);
  asked.world.loop.run_for(30s);
  const http::Response answer = asked.get("/readyz");
  CHECK(answer.status == 503);
  CHECK(answer.body.starts_with("the store fails: a commit has not been answered for "));
  const object status = document(asked.get("/v1/status"));
  CHECK(text(status, "state") == "store_failing");
  CHECK(text(status, "reason").find("rows wait") != std::string::npos);
  asked.world.store.set_latency(1ms, 3ms);
  asked.world.loop.run_for(5min);
  CHECK(asked.get("/readyz").status == 200);
}
