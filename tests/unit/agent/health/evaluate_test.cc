#include "agent/health/evaluate.h"

#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/unit/agent/collect/fixture_tree.h"

using namespace edgeherd;
using namespace edgeherd::agent;
using edgeherd::test::FixtureTree;

TEST_CASE("a mount check wants a mount point, also with blanks in its name") {
  FixtureTree box;
  box.write("proc/self/mountinfo",
            "22 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"
            "30 22 254:16 / /var/log/my\\040edge rw shared:1 - ext4 /dev/vdb rw\n");
  CHECK(evaluate(MountCheck{"/var/log/my edge"}, box.root()).outcome == Outcome::pass);
  CHECK(evaluate(MountCheck{"/var/log/my edge/"}, box.root()).outcome == Outcome::pass);
  CHECK(evaluate(MountCheck{"/"}, box.root()).outcome == Outcome::pass);
  const auto missing = evaluate(MountCheck{"/var/log"}, box.root());
  CHECK(missing.outcome == Outcome::fail);
  CHECK(missing.reason == "/var/log is not a mount point");
  box.remove("proc/self/mountinfo");
  CHECK(evaluate(MountCheck{"/"}, box.root()).outcome == Outcome::unknown);
}

TEST_CASE("a process check by name finds a living process and no zombie") {
  FixtureTree box;
  box.write("proc/7/comm", "nginx\n");
  box.write("proc/7/stat", "7 (nginx) Z 1 7 7 0\n");
  box.write("proc/7/cmdline", "");
  ProcessCheck check;
  check.name = "nginx";
  CHECK(evaluate(check, box.root()).outcome == Outcome::fail);
  box.write("proc/8/comm", "nginx\n");
  box.write("proc/8/stat", "8 (odd ) name) S 1 8 8 0\n");
  CHECK(evaluate(check, box.root()).outcome == Outcome::pass);
}

TEST_CASE("a name longer than the kernel keeps is compared as far as it is kept") {
  FixtureTree box;
  box.write("proc/9/comm", "video-packager-\n");
  box.write("proc/9/stat", "9 (video-packager-) S 1 9 9 0\n");
  ProcessCheck check;
  check.name = "video-packager-daemon";
  CHECK(evaluate(check, box.root()).outcome == Outcome::pass);
}

TEST_CASE("a process check by command line sees the arguments with blanks between them") {
  FixtureTree box;
  box.write("proc/9/cmdline", std::string("/usr/bin/python3\0/opt/feed.py\0--live\0", 38));
  box.write("proc/9/stat", "9 (python3) S 1 9 9 0\n");
  ProcessCheck check;
  check.command_line = "feed.py --live";
  CHECK(evaluate(check, box.root()).outcome == Outcome::pass);
  check.command_line = "feed.py --dead";
  CHECK(evaluate(check, box.root()).outcome == Outcome::fail);
}

TEST_CASE(
    "a process check by pid file tells a missing file, nonsense in it, and a dead process apart") {
  FixtureTree box;
  ProcessCheck check;
  check.pid_file = box.root() + "/nginx.pid";
  CHECK(evaluate(check, "/").reason == check.pid_file + " cannot be read");
  box.write("nginx.pid", "soon\n");
  CHECK(evaluate(check, "/").reason == check.pid_file + " holds no process id");
  box.write("nginx.pid", "99999999\n");
  CHECK(evaluate(check, "/").outcome == Outcome::fail);
  box.write("nginx.pid", std::to_string(::getpid()) + "\n");
  CHECK(evaluate(check, "/").outcome == Outcome::pass);
}

TEST_CASE("a process check by pid file and name does not take another program of that id for it") {
  FixtureTree box;
  box.write("nginx.pid", "7\n");
  box.write("proc/7/stat", "7 (nginx) S 1 7 7 0\n");
  box.write("proc/7/comm", "nginx\n");
  box.write("proc/7/cmdline", "nginx: master process nginx");
  ProcessCheck check;
  check.pid_file = box.root() + "/nginx.pid";
  SECTION("by its name") {
    check.name = "nginx";
  }
  SECTION("by its command line") {
    check.command_line = "nginx: master";
  }
  CHECK(evaluate(check, box.root()).outcome == Outcome::pass);
  box.write("proc/7/comm", "cron\n");
  box.write("proc/7/cmdline", "/usr/sbin/cron");
  const auto reused = evaluate(check, box.root());
  CHECK(reused.outcome == Outcome::fail);
  CHECK(reused.reason.find("process 7 of " + check.pid_file + " is not \"nginx") == 0);
}

TEST_CASE("a list of processes that cannot be read is unknown, not an absent process") {
  FixtureTree box;
  ProcessCheck check;
  check.name = "nginx";
  CHECK(evaluate(check, box.root()).outcome == Outcome::unknown);
}

TEST_CASE("free disk space is judged by share and by amount") {
  FixtureTree box;
  CHECK(evaluate(DiskFreeCheck{box.root(), 0.0001, 1}).outcome == Outcome::pass);
  CHECK(evaluate(DiskFreeCheck{box.root(), 100.1, 0}).outcome == Outcome::fail);
  CHECK(evaluate(DiskFreeCheck{box.root(), 0, ~std::uint64_t{0}}).outcome == Outcome::fail);
  CHECK(evaluate(DiskFreeCheck{box.root() + "/gone", 5, 0}).outcome == Outcome::unknown);
}

TEST_CASE("a file system that turned read-only has nothing free, however empty it is") {
  struct statvfs disk {};
  disk.f_frsize = 4096;
  disk.f_blocks = 1000;
  disk.f_bfree = disk.f_bavail = 900;
  CHECK(evaluate(DiskFreeCheck{"/var/log", 5, 0}, disk).outcome == Outcome::pass);
  disk.f_flag = ST_RDONLY;
  const auto finding = evaluate(DiskFreeCheck{"/var/log", 5, 0}, disk);
  CHECK(finding.outcome == Outcome::fail);
  CHECK(finding.reason.find("read-only") != std::string::npos);
  CHECK(evaluate(DiskFreeCheck{"/var/log", 0, 0}, disk).outcome == Outcome::fail);
}

TEST_CASE("the clock's state is told or unknown, and a limit of nothing is never met") {
  const auto finding = evaluate(ClockOffsetCheck{0ms});
  CHECK(finding.outcome != Outcome::pass);
  CHECK_FALSE(finding.reason.empty());
}

TEST_CASE("an HTTP answer passes by status and by what its body holds") {
  HttpCheck check;
  check.url = "http://127.0.0.1/";
  CHECK(evaluate(check, http::text_response(200, "fine")).outcome == Outcome::pass);
  CHECK(evaluate(check, http::text_response(404, "fine")).outcome == Outcome::fail);
  check.contains = "live";
  CHECK(evaluate(check, http::text_response(200, "it is live")).outcome == Outcome::pass);
  const auto without = evaluate(check, http::text_response(200, "fine"));
  CHECK(without.reason == "answered 200 without the expected text in its body");
}
