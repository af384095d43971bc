// What a start would refuse is refused by the check, with file, line, column and key.
#include <algorithm>

#include "common/os/real.h"
#include "coordinator/settings/settings.h"
#include "tests/support/catch.h"
#include "tests/support/test_ca.h"

using namespace edgeherd;
using settings::Loaded;
using test::TestCa;

namespace {

struct Place {
  test::TempDirectory directory;
  std::unique_ptr<FileSystem> files = os::make_file_system();
  settings::Types types{{{"local",
                          [](config::Section& s) {
                            s.finish();
                            return std::vector<settings::Needed>{};
                          }}},
                        {{"file", [](config::Section& s) {
                            s.ignore("type");
                            s.ignore("zone");
                            s.finish();
                            return std::vector<settings::Needed>{};
                          }}}};

  Place() {
    REQUIRE(files->make_directories(directory.file("providers")).ok());
    provider("");
  }
  void write(const std::string& name, const std::string& text) {
    REQUIRE(files->write_whole(directory.file(name), text).ok());
  }
  // A provider with one zone, which has `more`.
  void provider(const std::string& more) {
    write("providers/local.json",
          "{ \"image_id\": \"v\", \"regions\": { \"r\": { \"zones\": {\n"
          "  \"z\": { \"min_servers\": 1, \"max_servers\": 2" +
              more + " } } } } }");
  }
  // The problems of a main file with `more` in its second line, which begins with it.
  std::vector<std::string> problems(const std::string& more) {
    write("coordinator.json", "{ \"fleet_id\": \"t\",\n" + more + " }");
    return settings::load(directory.path(), *files, types).problems;
  }
};

// Whether there is one problem, and it is this one.
bool only(const std::vector<std::string>& problems, std::string_view text) {
  for (const std::string& line : problems) UNSCOPED_INFO(line);
  return problems.size() == 1 && problems[0].find(text) != std::string::npos;
}

std::string tls(const std::string& certificate, const std::string& key) {
  return "\"tls\": { \"certificate\": \"" + certificate + "\",\n\"key\": \"" + key + "\" }";
}

}  // namespace

TEST_CASE("an archive URL that is none is refused where it stands") {
  Place at;
  for (const std::string url : {"ftp://x", "file://archive", "s3://", "s3://b?style=x"}) {
    CHECK(only(at.problems("\"archive\": { \"url\": \"" + url + "\" }"),
               "coordinator.json:2:21: \"url\": archive '" + url + "': "));
  }
  CHECK(at.problems(R"("archive": { "url": "s3://bucket/prefix" })").empty());
}

TEST_CASE("a credentials file of an S3 archive must have the profile") {
  Place at;
  const std::string archive =
      R"("archive": { "url": "s3://bucket", "credentials_file": "keys", "profile": "edge" })";
  CHECK(only(at.problems(archive), "coordinator.json:2:56: \"credentials_file\": "));
  at.write("keys", "[default]\naws_access_key_id = A\naws_secret_access_key = B\n");
  CHECK(only(at.problems(archive), "coordinator.json:2:56: \"credentials_file\": "));
  at.write("keys", "[edge]\naws_access_key_id = A\naws_secret_access_key = B\n");
  CHECK(at.problems(archive).empty());
}

TEST_CASE("a TLS certificate and key that the server could not use are refused") {
  Place at;
  TestCa ca;
  ca.issue("one", "DNS:localhost", 2);
  ca.issue("two", "DNS:localhost", 2);
  at.write("garbage", "nothing that anybody could read");
  at.write("empty", "");
  CHECK(at.problems(tls(ca.certificate("one"), ca.key("one"))).empty());
  CHECK(only(at.problems(tls(ca.certificate("one"), ca.key("two"))),
             "coordinator.json:3:8: \"key\": not the certificate's key"));
  CHECK(only(at.problems(tls("garbage", ca.key("one"))),
             "coordinator.json:2:25: \"certificate\": not a PEM certificate"));
  CHECK(only(at.problems(tls("empty", ca.key("one"))),
             "coordinator.json:2:25: \"certificate\": not a PEM certificate"));
  CHECK(only(at.problems(tls(ca.certificate("one"), "garbage")),
             "coordinator.json:3:8: \"key\": not the certificate's key"));
  CHECK(only(at.problems(tls(ca.certificate("one"), "empty")),
             "coordinator.json:3:8: \"key\": the file is empty"));
  CHECK(only(at.problems(tls(ca.certificate("one"), "none")), "coordinator.json:3:8: \"key\": "));
}

TEST_CASE("two listeners on one port are refused, whichever key says so") {
  Place at;
  CHECK(only(at.problems(R"("listen": "127.0.0.1:9401")"),
             "coordinator.json:2:11: \"listen\": port 9401 is that of \"agents.enroll_port\""));
  CHECK(only(at.problems(R"("agents": { "fleet_port": 9480 })"),
             "coordinator.json:2:27: \"agents.fleet_port\": port 9480 is that of \"listen\""));
  CHECK(only(at.problems(R"("agents": { "fleet_port": 7, "enroll_port": 7 })"),
             "coordinator.json:2:45: \"agents.enroll_port\": port 7 is that of "
             "\"agents.fleet_port\""));
  CHECK(only(at.problems(R"("archive": { "url": "file:///a", "listen": "127.0.0.1:9480" })"),
             "coordinator.json:2:44: \"archive.listen\": port 9480 is that of \"listen\""));
  CHECK(at.problems(R"("listen": "127.0.0.2:9400")").empty());
  CHECK(at.problems(R"("listen": "127.0.0.1:0", "agents": { "fleet_port": 0, "enroll_port": 0 })")
            .empty());
}

TEST_CASE("a server listens on an address, not on a host's name") {
  Place at;
  CHECK(only(at.problems(R"("listen": "localhost:9480")"),
             "coordinator.json:2:11: \"listen\": \"localhost\" is not an IP address"));
}

TEST_CASE("agents are listened to on an address, and told a host that they can connect to") {
  Place at;
  for (const std::string address : {"*", "eth0", "localhost", "[::1]", "127.0.0.1:9400", ""}) {
    CHECK(only(at.problems("\"agents\": { \"address\": \"" + address + "\" }"),
               "coordinator.json:2:24: \"address\": \"" + address + "\" is not an IP address"));
  }
  CHECK(only(at.problems(R"("agents": { "address": "*" })"), "every interface is 0.0.0.0, or ::"));
  for (const std::string any : {"0.0.0.0", "::"}) {
    const std::string agents = "\"agents\": { \"address\": \"" + any + "\"";
    CHECK(only(at.problems(agents + " }"), any + " needs \"advertise\""));
    CHECK(at.problems(agents + R"(, "advertise": "coordinator.example.org" })").empty());
    CHECK(at.problems(agents + R"(, "advertise": "2001:db8::1" })").empty());
    for (const std::string host :
         {"0.0.0.0", "::", "*", "[2001:db8::1]", "10.0.0.1:9400", "tcp://x"}) {
      CHECK(only(at.problems(agents + ", \"advertise\": \"" + host + "\" }"),
                 "\"advertise\": \"" + host + "\" is no host that agents can connect to"));
    }
  }
}

TEST_CASE("servers of a cloud that are told to connect to the loopback are a warning") {
  Place at;
  at.types.providers["cloud"] = at.types.providers["local"];
  const auto warnings = [&](const std::string& type, const std::string& more) {
    at.write("providers/local.json", "{ \"type\": \"" + type + "\", \"regions\": {} }");
    at.write("coordinator.json", "{ \"fleet_id\": \"t\"" + more + " }");
    const Loaded loaded = settings::load(at.directory.path(), *at.files, at.types);
    for (const std::string& line : loaded.problems) FAIL(line);
    return loaded.warnings;
  };
  const std::string agents =
      R"(, "agents": { "address": "0.0.0.0", "advertise": "c.example.org" })";
  CHECK(warnings("local", "").empty());
  const auto both = warnings("cloud", "");
  REQUIRE(both.size() == 2);
  CHECK(both[0].find("coordinator.json:1:1: \"agents\": servers of provider local are told to "
                     "connect to 127.0.0.1") != std::string::npos);
  CHECK(only(warnings("cloud", agents),
             "coordinator.json:1:1: \"archive\": servers of provider local are told to store their "
             "logs at 127.0.0.1"));
  CHECK(only(warnings("cloud", R"(, "archive": { "url": "s3://bucket" })"), "\"agents\": "));
  for (const std::string archive : {R"("url": "s3://bucket?endpoint=http://localhost:9000")",
                                    R"("url": "file:///a", "public_url": "http://127.0.0.1:9481")",
                                    R"("url": "file:///a", "listen": "127.0.0.1:9481")"}) {
    CHECK(only(warnings("cloud", agents + ", \"archive\": { " + archive + " }"), "\"archive\": "));
  }
  CHECK(warnings("cloud",
                 agents + R"(, "archive": { "url": "file:///a", "listen": "10.0.0.1:9481" })")
            .empty());
}

TEST_CASE("a zone's name must lie inside the zone that DNS serves") {
  Place at;
  const std::string dns = R"("dns": { "type": "file", "zone": "edge.org" })";
  for (const std::string name : {"a.edge.net", "anedge.org"}) {
    at.provider(", \"dns_name\": \"" + name + "\"");
    CHECK(only(at.problems(dns), "local.json:2:58: \"dns_name\": zone local/z has the name " +
                                     name + ", which is not inside edge.org"));
  }
  at.provider(R"(, "dns_name": "a.edge.org")");
  CHECK(at.problems(dns).empty());
  CHECK(at.problems(R"("dns": { "type": "file", "zone": "edge.org." })").empty());
  CHECK(only(at.problems(R"("shadow": true)"), "local.json:2:58: \"dns_name\": zone local/z has"));
  CHECK(settings::check(at.directory.file("providers/local.json"), *at.files, at.types)
            .problems.empty());
}

TEST_CASE("the zone that DNS serves must be a name") {
  Place at;
  CHECK(only(at.problems(R"("dns": { "type": "file", "zone": "edge..x" })"),
             "coordinator.json:2:34: \"zone\": \"edge..x\" is not a DNS name"));
}
