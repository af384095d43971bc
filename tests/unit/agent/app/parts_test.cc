#include <csignal>

#include <sys/resource.h>
#include <unistd.h>

#include "agent/app/box_identity.h"
#include "agent/app/log_path.h"
#include "agent/app/recent_latency.h"
#include "agent/app/state_lock.h"
#include "agent/app/wire_sample.h"
#include "tests/support/catch.h"
#include "tests/support/child.h"
#include "tests/unit/agent/collect/fixture_tree.h"
#include "tests/unit/agent/web/sample_view.h"

using namespace edgeherd;
using namespace edgeherd::agent;
using edgeherd::test::at;

TEST_CASE("two agents cannot share a state directory, and the second learns who has it") {
  test::FixtureTree folder;
  const auto directory = folder.root() + "/made/on/demand";
  {
    const auto first = StateLock::take(directory);
    REQUIRE(first);
    const auto second = StateLock::take(directory);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::conflict);
    CHECK(second.error().message.find("process " + std::to_string(::getpid())) !=
          std::string::npos);
  }
  CHECK(StateLock::take(directory));
}

TEST_CASE("an agent starts on a full disk: that nobody can read its id does not weaken the lock") {
  test::FixtureTree folder;
  const std::string said = test::in_child([&]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{0, 0};  // not one byte more in any file
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "no limit";
    const auto first = StateLock::take(folder.root() + "/state");
    if (!first) return first.error().message;
    const auto second = StateLock::take(folder.root() + "/state");
    return second ? "taken twice" : second.error().message;
  });
  CHECK(said == folder.root() + "/state belongs to another running agent");
}

TEST_CASE("a state directory that cannot be made is an error with its name") {
  test::FixtureTree folder;
  folder.write("file", "");
  const auto lock = StateLock::take(folder.root() + "/file/state");
  REQUIRE_FALSE(lock);
  CHECK(lock.error().message.find(folder.root() + "/file") != std::string::npos);
}

TEST_CASE("a log behind symbolic links is found, there or not, and devices are left alone") {
  test::FixtureTree folder;
  const auto root = folder.root();
  namespace fs = std::filesystem;
  folder.write("data/access.log", "");
  folder.folder("log");
  fs::create_symlink("../data/access.log", root + "/log/relative");
  fs::create_symlink(root + "/log/relative", root + "/log/two");
  fs::create_symlink(root + "/data/later", root + "/log/dangling");
  fs::create_symlink(root + "/log/round", root + "/log/round");
  fs::create_symlink("/dev/null", root + "/log/device");
  CHECK(behind_links(root + "/data/access.log") == root + "/data/access.log");
  CHECK(behind_links(root + "/log/relative") == root + "/data/access.log");
  CHECK(behind_links(root + "/log/two") == root + "/data/access.log");
  CHECK(behind_links(root + "/log/dangling") == root + "/data/later");
  for (const std::string same : {"/log/round", "/log/device", "/not/there"}) {
    CHECK(behind_links(root + same) == root + same);
  }
}

TEST_CASE("quantiles are of the last minute and forget what was before") {
  RecentLatency recent;
  SparseSketch counts;
  recent.observe(at(0), counts);
  CHECK_FALSE(recent.quantile(0.5));
  counts.add(sketch_bucket(1.0), 100);
  recent.observe(at(1), counts);
  CHECK(*recent.quantile(0.99) == Approx(1.0).epsilon(0.02));
  for (int second = 2; second <= 75; ++second) {
    counts.add(sketch_bucket(0.010), 10);
    recent.observe(at(second), counts);
  }
  CHECK(*recent.quantile(0.99) == Approx(0.010).epsilon(0.02));
  for (int second = 76; second <= 150; ++second) recent.observe(at(second), counts);
  CHECK_FALSE(recent.quantile(0.5));
}

TEST_CASE("a sample carries what was measured and leaves the rest absent") {
  wire::Sample sample;
  fill_sample(test::sample_view(), sample);
  CHECK(sample.uptime_ms == 200'000);
  CHECK_FALSE(sample.ready);
  CHECK(sample.failing == std::vector<std::string>{"disk"});
  CHECK(*sample.load1 == Approx(0.25));
  CHECK(sample.cpu_busy_ms == 1500U);
  CHECK(sample.psi_cpu_us == 2'500'000U);
  CHECK(sample.requests == 10U);
  CHECK(sample.status_classes == std::vector<std::uint64_t>{0, 8, 0, 1, 1});
  CHECK_FALSE(sample.psi_io_us);
  CHECK_FALSE(sample.stub_requests);
  CHECK_FALSE(sample.disk_busy_ms);

  wire::Sample empty;
  fill_sample(NodeView{}, empty);
  CHECK_FALSE(empty.load1);
  CHECK_FALSE(empty.requests);
  CHECK(empty.status_classes.empty());
}

TEST_CASE("a draining node says that it is not ready") {
  auto view = test::sample_view();
  view.health.ready = true;
  view.health.failing.clear();
  wire::Sample sample;
  fill_sample(view, sample);
  CHECK(sample.ready);
  view.state = "draining";
  fill_sample(view, sample);
  CHECK_FALSE(sample.ready);
}

TEST_CASE("the instance id is cloud-init's, else the machine's, else empty") {
  test::FixtureTree box;
  CHECK(instance_id(box.root()).empty());
  box.write("sys/class/dmi/id/product_uuid", "4c4c-4544\n");
  CHECK(instance_id(box.root()) == "4c4c-4544");
  box.write("var/lib/cloud/data/instance-id", "i-0abc\n");
  CHECK(instance_id(box.root()) == "i-0abc");
}
