// The zone file as a file, and as BIND reads it. The contract itself: tests/contract.
#include "coordinator/dns/file/file_dns.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <sys/stat.h>

#include "common/os/process.h"
#include "coordinator/dns/file/configure.h"
#include "tests/support/child.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using act::NameSet;
using test::await;
using test::RealLoop;
using test::TempDirectory;

namespace {

dns::FileDnsOptions options_for(const TempDirectory& dir) {
  dns::FileDnsOptions options;
  options.file = dir.file("edge.zone");
  options.zone = "edge.example.org";
  return options;
}

Status write(RealLoop& world, act::DnsProvider& dns, const std::string& address) {
  return await<Status>(world, [&](auto done) {
    dns.write({{"lon1.edge.example.org", {address}, 30s}}, done);
  });
}

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("BIND loads the zone, and answers with our addresses") {
  RealLoop world;
  const TempDirectory dir;
  const auto dns = dns::make_file_dns(options_for(dir), world.asio());
  REQUIRE(write(world, *dns, "127.64.0.1"));
  REQUIRE(write(world, *dns, "127.64.0.2"));
  std::unique_ptr<os::Process> check;
  const auto ended = await<Result<os::ExitStatus>>(world, [&](auto done) {
    os::ProcessSpec spec;
    spec.argv = {"named-checkzone", "-i", "local", "-D", "edge.example.org", dir.file("edge.zone")};
    check = os::Process::run(world.asio().io(), spec, done);
  });
  if (!ended && ended.error().code == Errc::not_found) {
    WARN("named-checkzone is not installed (bind9-utils): BIND was not asked");
    return;
  }
  REQUIRE(ended);
  INFO(ended->output);
  CHECK(ended->success());
  CHECK(ended->output.find("loaded serial 3") != std::string::npos);
  CHECK(ended->output.find("127.64.0.2") != std::string::npos);
  CHECK(ended->output.find("127.64.0.1") == std::string::npos);
}

TEST_CASE("a missing zone file is an error when it must not be made") {
  RealLoop world;
  const TempDirectory dir;
  auto options = options_for(dir);
  options.if_missing = dns::IfMissing::fail;
  const auto dns = dns::make_file_dns(options, world.asio());
  const Status missing = write(world, *dns, "127.64.0.1");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().message.find(options.file) != std::string::npos);
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("what a person adds to the file meanwhile stays in it") {
  RealLoop world;
  const TempDirectory dir;
  const auto options = options_for(dir);
  const auto dns = dns::make_file_dns(options, world.asio());
  REQUIRE(write(world, *dns, "127.64.0.1"));
  std::ofstream(options.file, std::ios::app) << "www.edge.example.org. IN A 192.0.2.7 ; mine\n";
  REQUIRE(write(world, *dns, "127.64.0.2"));
  const std::string text = content(options.file);
  CHECK(text.find("\nwww.edge.example.org. IN A 192.0.2.7 ; mine\n") != std::string::npos);
  CHECK(text.find("127.64.0.1") == std::string::npos);
}

TEST_CASE("a damaged file is left alone and named with its line") {
  RealLoop world;
  const TempDirectory dir;
  const auto options = options_for(dir);
  std::ofstream(options.file) << "@ IN SOA (\n";
  const auto dns = dns::make_file_dns(options, world.asio());
  const Status failed = write(world, *dns, "127.64.0.1");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find(options.file + ":1:") == 0);
  CHECK(content(options.file) == "@ IN SOA (\n");
  const auto read = await<Result<std::vector<NameSet>>>(
      world, [&](auto done) { dns->read({act::NameKey("lon1.edge.example.org")}, done); });
  CHECK_FALSE(read);
}

TEST_CASE("the file keeps its mode, and a new one can be read by a name server") {
  RealLoop world;
  const TempDirectory dir;
  const auto options = options_for(dir);
  const auto dns = dns::make_file_dns(options, world.asio());
  const auto mode = [&] {
    struct stat found {};
    REQUIRE(::stat(options.file.c_str(), &found) == 0);
    return found.st_mode & 0777;
  };
  REQUIRE(write(world, *dns, "127.64.0.1"));
  CHECK(mode() == 0644);
  REQUIRE(::chmod(options.file.c_str(), 0640) == 0);
  REQUIRE(write(world, *dns, "127.64.0.2"));
  CHECK(mode() == 0640);
  CHECK_FALSE(std::filesystem::exists(options.file + ".new"));
}

TEST_CASE("a directory that cannot be written leaves the old file in place") {
  const TempDirectory dir;
  const auto options = options_for(dir);
  {
    RealLoop world;
    const auto dns = dns::make_file_dns(options, world.asio());
    REQUIRE(write(world, *dns, "127.64.0.1"));
  }
  const std::string before = content(options.file);
  REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
  const std::string said = test::in_child([&]() -> std::string {
    if (::getuid() == 0 && ::setuid(65534) != 0) return "cannot change the user";
    if (::getuid() != 65534) ::chmod(dir.path().c_str(), 0555);
    RealLoop world;
    const auto dns = dns::make_file_dns(options, world.asio());
    const Status status = write(world, *dns, "127.64.0.2");
    return status ? "written"
                  : std::string(to_string(status.error().code)) + " " + status.error().message;
  });
  REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
  INFO(said);
  CHECK(said.find("refused ") == 0);
  CHECK(said.find(options.file) != std::string::npos);
  CHECK(content(options.file) == before);
}

TEST_CASE("the name server is told to reload after a change, and only then") {
  RealLoop world;
  const TempDirectory dir;
  auto options = options_for(dir);
  options.reload = {"/bin/sh", "-c", "echo again >> " + dir.file("reloads")};
  const auto dns = dns::make_file_dns(options, world.asio());
  REQUIRE(write(world, *dns, "127.64.0.1"));
  REQUIRE(write(world, *dns, "127.64.0.1"));
  REQUIRE(write(world, *dns, "127.64.0.2"));
  CHECK(content(dir.file("reloads")) == "again\nagain\n");
}

TEST_CASE("a reload that failed is an error, and is tried again") {
  RealLoop world;
  const TempDirectory dir;
  auto options = options_for(dir);
  options.reload = {"/bin/sh", "-c",
                    "test -e " + dir.file("up") + " || { echo no server; exit 1; }"};
  const auto dns = dns::make_file_dns(options, world.asio());
  const Status failed = write(world, *dns, "127.64.0.1");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("no server") != std::string::npos);
  CHECK(failed.error().message.find(options.file) != std::string::npos);
  REQUIRE_FALSE(write(world, *dns, "127.64.0.1"));
  std::ofstream(dir.file("up")).close();
  CHECK(write(world, *dns, "127.64.0.1"));
}

TEST_CASE("a name is read only once the name server has loaded what stands in the file") {
  RealLoop world;
  const TempDirectory dir;
  auto options = options_for(dir);
  options.reload = {"/bin/sh", "-c", "test -e " + dir.file("up")};
  const auto dns = dns::make_file_dns(options, world.asio());
  const auto read = [&] {
    return await<Result<std::vector<act::NameSet>>>(
        world, [&](auto done) { dns->read({act::NameKey("lon1.edge.example.org")}, done); });
  };
  std::ofstream(dir.file("up")).close();
  REQUIRE(write(world, *dns, "127.64.0.1"));
  std::filesystem::remove(dir.file("up"));
  REQUIRE_FALSE(write(world, *dns, "127.64.0.2"));
  REQUIRE_FALSE(read());  // the file has the new address, the name server may not
  std::ofstream(dir.file("up")).close();
  const auto found = read();
  REQUIRE(found);
  CHECK(found->front().addresses == std::set<std::string>{"127.64.0.2"});
}

TEST_CASE(
    "a name server that cannot load what is not there yet does not keep the file from being made") {
  RealLoop world;
  const TempDirectory dir;
  auto options = options_for(dir);
  options.reload = {"/bin/sh", "-c", "test -e " + options.file};
  const auto dns = dns::make_file_dns(options, world.asio());
  const auto read = [&] {
    return await<Result<std::vector<act::NameSet>>>(
        world, [&](auto done) { dns->read({act::NameKey("lon1.edge.example.org")}, done); });
  };
  const auto first = read();
  REQUIRE(first);
  CHECK(first->front().addresses.empty());
  CHECK(write(world, *dns, "127.64.0.1"));
  const auto again = read();
  REQUIRE(again);
  CHECK(again->front().addresses == std::set<std::string>{"127.64.0.1"});
}

TEST_CASE("a file that must be there is not read as empty, whatever the name server says") {
  RealLoop world;
  const TempDirectory dir;
  auto options = options_for(dir);
  options.if_missing = dns::IfMissing::fail;
  options.reload = {"/bin/sh", "-c", "exit 1"};
  const auto dns = dns::make_file_dns(options, world.asio());
  CHECK_FALSE(await<Result<std::vector<act::NameSet>>>(
      world, [&](auto done) { dns->read({act::NameKey("lon1.edge.example.org")}, done); }));
}

TEST_CASE("a zone file that was there and is gone is no empty one") {
  RealLoop world;
  const TempDirectory dir;
  const auto options = options_for(dir);
  const auto dns = dns::make_file_dns(options, world.asio());
  REQUIRE(write(world, *dns, "127.64.0.1"));
  std::filesystem::remove(options.file);
  const auto found = await<Result<std::vector<act::NameSet>>>(
      world, [&](auto done) { dns->read({act::NameKey("lon1.edge.example.org")}, done); });
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::not_found);
  CHECK_FALSE(write(world, *dns, "127.64.0.2"));
}

TEST_CASE("the section of the configuration is read, and its mistakes are placed") {
  const auto read = [](const std::string& text, std::string& problems_text) {
    const auto value = config::parse_json("coordinator.json", text);
    REQUIRE(value);
    config::Problems problems("coordinator.json");
    config::Section section(*value, problems);
    const auto options = dns::read_options(section);
    if (const auto status = problems.status(); !status) problems_text = status.error().message;
    return options;
  };
  std::string problems;
  const auto good = read(R"({ "zone": "e.org", "file": "/z", "if_missing": "fail",
      "name_server": "ns.org", "hostmaster": "h@e.org", "reload": ["rndc", "reload"] })",
                         problems);
  CHECK(problems.empty());
  CHECK(good.zone == "e.org");
  CHECK(good.file == "/z");
  CHECK(good.if_missing == dns::IfMissing::fail);
  CHECK(good.name_server == "ns.org");
  CHECK(good.hostmaster == "h@e.org");
  CHECK(good.reload.size() == 2);
  static_cast<void>(read(R"({ "zone": "e.org", "file": "z" })", problems));
  CHECK(problems.find("coordinator.json:1:") == 0);
  CHECK(problems.find("path from the root") != std::string::npos);
}
