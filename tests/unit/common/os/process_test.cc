#include "common/os/process.h"

#include <csignal>

#include <fcntl.h>
#include <unistd.h>

#include "common/os/asio_loop.h"
#include "common/os/proc_file.h"
#include "tests/support/catch.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using namespace edgeherd::os;
using edgeherd::test::RealLoop;

namespace {

Result<ExitStatus> run(RealLoop& world, const ProcessSpec& spec) {
  std::unique_ptr<Process> process;
  return test::await<Result<ExitStatus>>(
      world, [&](auto done) { process = Process::run(world.asio().io(), spec, done); });
}

Result<ExitStatus> shell(RealLoop& world, const std::string& script, Duration deadline = 20s) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", script};
  spec.deadline = deadline;
  return run(world, spec);
}

bool gone(pid_t pid) {
  return ::kill(pid, 0) != 0;
}

}  // namespace

TEST_CASE("a program that cannot be started is an error that names it") {
  RealLoop world;
  ProcessSpec spec;
  CHECK(run(world, spec).error().code == Errc::invalid);
  spec.argv = {"/no/such/program"};
  const auto missing = run(world, spec);
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().message.find("/no/such/program") != std::string::npos);
  spec.argv = {"/etc/passwd"};
  CHECK(run(world, spec).error().code == Errc::refused);
  spec.argv = {"true"};
  spec.directory = "/no/such/directory";
  CHECK_FALSE(run(world, spec).ok());
}

TEST_CASE("exit code, signal and output are told") {
  RealLoop world;
  const auto failed = shell(world, "echo out; echo err >&2; exit 3");
  REQUIRE(failed.ok());
  CHECK(failed->code == 3);
  CHECK_FALSE(failed->success());
  CHECK(failed->output == "out\nerr\n");
  CHECK(failed->describe() == "exit code 3: err");
  const auto killed = shell(world, "kill -9 $$");
  CHECK(killed->signal == SIGKILL);
  CHECK(killed->describe() == "ended by signal 9");
}

TEST_CASE("arguments are passed as they are, never through a shell") {
  RealLoop world;
  ProcessSpec spec;
  spec.argv = {"printf", "%s|", "a b", "$HOME", ";id", ""};
  CHECK(run(world, spec)->output == "a b|$HOME|;id||");
}

TEST_CASE("the child gets its environment, directory and input, and no descriptor of ours") {
  RealLoop world;
  const test::TempDirectory directory;
  const int open_here = ::open("/etc/passwd", O_RDONLY);
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", "echo $X $PATH; pwd; cat; ls /proc/self/fd | tr '\\n' ' '"};
  spec.environment = {"X=1", "PATH=/usr/bin:/bin"};
  spec.directory = directory.path();
  spec.input = "given\n";
  const auto result = run(world, spec);
  ::close(open_here);
  REQUIRE(result.ok());
  // ls itself has descriptor 3 open on the directory.
  CHECK(result->output == "1 /usr/bin:/bin\n" + directory.path() + "\ngiven\n0 1 2 3 ");
}

TEST_CASE("without an input the child reads an end at once") {
  RealLoop world;
  CHECK(shell(world, "cat; echo end")->output == "end\n");
}

TEST_CASE("output beyond the limit is dropped and said to be, and the child is not stopped") {
  RealLoop world;
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", "head -c 1000000 /dev/zero; exit 5"};
  spec.output_limit = 1000;
  const auto result = run(world, spec);
  REQUIRE(result.ok());
  CHECK(result->output.size() == 1000);
  CHECK(result->truncated);
  CHECK(result->code == 5);
}

TEST_CASE("the deadline kills the child and its children") {
  RealLoop world;
  const test::TempDirectory directory;
  const std::string pids = directory.file("pids");
  const auto result =
      shell(world, "sleep 100 & echo $! > " + pids + "; echo $$ >> " + pids + "; wait", 200ms);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == Errc::timeout);
  auto file = HeldFile::open(pids);
  REQUIRE(file.ok());
  const std::string text(*file->read());
  const pid_t child = std::stoi(text);
  const pid_t parent = std::stoi(text.substr(text.find('\n')));
  CHECK(world.run_until([&] { return gone(parent); }));
  // The grandchild is init's to reap, which takes a moment.
  CHECK(world.run_until([&] {
    auto status = HeldFile::open("/proc/" + std::to_string(child) + "/stat");
    if (!status) return true;
    const auto line = status->read();
    return !line || line->find(") Z ") != std::string_view::npos;
  }));
}

TEST_CASE("a child that leaves a daemon behind is done when it ends itself") {
  RealLoop world;
  const auto result = shell(world, "sleep 5 & echo started $!");
  REQUIRE(result.ok());
  CHECK(result->output.starts_with("started "));
  const pid_t daemon = std::stoi(result->output.substr(8));
  CHECK_FALSE(gone(daemon));
  ::kill(daemon, SIGKILL);
}

TEST_CASE("a Process that is destroyed kills its child and calls nothing") {
  RealLoop world;
  bool told = false;
  ProcessSpec spec;
  spec.argv = {"sleep", "100"};
  auto process =
      Process::run(world.asio().io(), spec, [&](const Result<ExitStatus>&) { told = true; });
  process.reset();
  world.run_for(30ms);
  CHECK_FALSE(told);
}

TEST_CASE("a held file shows the content as it is now") {
  auto uptime = HeldFile::open("/proc/uptime");
  REQUIRE(uptime.ok());
  const std::string first(*uptime->read());
  RealLoop world;
  CHECK(world.run_until([&] { return *uptime->read() != first; }));
}

TEST_CASE("a held file grows its buffer, and stops at its limit") {
  const test::TempDirectory directory;
  const std::string path = directory.file("f");
  auto write = [&](std::size_t size) {
    FILE* out = std::fopen(path.c_str(), "w");
    REQUIRE(out != nullptr);
    std::fwrite(std::string(size, 'x').data(), 1, size, out);
    std::fclose(out);
  };
  write(100'000);
  auto file = HeldFile::open(path);
  REQUIRE(file.ok());
  CHECK(file->read()->size() == 100'000);
  write(10);
  CHECK(file->read()->size() == 10);
  write(HeldFile::size_limit + 1);
  CHECK(file->read().error().code == Errc::exhausted);
  CHECK(HeldFile::open("/proc/no/such").error().code == Errc::not_found);
}

TEST_CASE("errors are kept apart if that is asked for, and are the reason that is told") {
  RealLoop world;
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", "echo out; echo first >&2; echo last >&2; exit 3"};
  spec.errors = Errors::apart;
  const auto failed = run(world, spec);
  REQUIRE(failed.ok());
  CHECK(failed->output == "out\n");
  CHECK(failed->errors == "first\nlast\n");
  CHECK(failed->describe() == "exit code 3: last");
}

TEST_CASE("a program that says much on both pipes is neither stuck nor kept whole") {
  RealLoop world;
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c",
               "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; echo end >&2"};
  spec.errors = Errors::apart;
  spec.output_limit = 1000;
  const auto done = run(world, spec);
  REQUIRE(done.ok());
  CHECK(done->success());
  CHECK(done->output.size() == 1000);
  CHECK(done->errors.size() == 1000);
  CHECK(done->truncated);
}
