#include "agent/link/process_hooks.h"

#include "tests/support/catch.h"
#include "tests/support/real_loop.h"

namespace edgeherd::link {

namespace {

Status run(test::RealLoop& world, logs::HookRunner& hooks, const std::vector<std::string>& argv,
           Duration limit = 10s) {
  return test::await<Status>(world, [&](auto done) { hooks.run(argv, limit, done); });
}

}  // namespace

TEST_CASE("a hook that ends well is a success, one that fails says how") {
  test::RealLoop world;
  const auto hooks = make_process_hooks(world.asio().io());
  CHECK(run(world, *hooks, {"true"}).ok());
  const Status failed = run(world, *hooks, {"ls", "/no/such/file"});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == Errc::refused);
  CHECK(failed.error().message.find("/no/such/file") != std::string::npos);
}

TEST_CASE("arguments are passed as they are: there is no shell") {
  test::RealLoop world;
  const auto hooks = make_process_hooks(world.asio().io());
  CHECK(run(world, *hooks, {"test", "$(echo x)", "=", "$(echo x)"}).ok());
  CHECK_FALSE(run(world, *hooks, {"true; true"}).ok());
}

TEST_CASE("a hook that does not exist or does not end is an error") {
  test::RealLoop world;
  const auto hooks = make_process_hooks(world.asio().io());
  CHECK(run(world, *hooks, {"/no/such/program"}).error().code == Errc::not_found);
  CHECK(run(world, *hooks, {}).error().code == Errc::invalid);
  CHECK(run(world, *hooks, {"sleep", "60"}, 50ms).error().code == Errc::timeout);
}

TEST_CASE("only so many hooks run at once") {
  test::RealLoop world;
  const auto hooks = make_process_hooks(world.asio().io());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < most_running_hooks + 2; ++i) {
    hooks->run({"sleep", "60"}, 300ms, [&](const Status& status) {
      if (!status && status.error().code == Errc::exhausted) ++refused;
    });
  }
  CHECK(world.run_until([&] { return refused == 2; }));
}

}  // namespace edgeherd::link
