// What a cloud or a DNS would refuse at the first call is told when the configuration is read, with
// file and key.
#include <cstdio>
#include <cstdlib>

#include <sys/stat.h>

#include "common/os/real.h"
#include "coordinator/app/registry.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using Catch::Matchers::Contains;

namespace {

struct Place {
  Place() {
    REQUIRE(files->make_directories(directory.file("providers")).ok());
    types.environment = [this](const char* name) {
      return set.contains(name) ? "a-value" : nullptr;
    };
  }
  void write(const std::string& file, const std::string& text) {
    REQUIRE(files->write_whole(directory.file(file), text).ok());
  }
  // Its servers reach it, wherever they are.
  settings::Loaded load(const std::string& dns = "") {
    write("coordinator.json", R"({ "fleet_id": "t", "agents": { "advertise": "c.example.org" },)"
                              R"( "archive": { "url": "s3://bucket" })" +
                                  dns + " }");
    return settings::load(directory.path(), *files, types);
  }
  // A file of one zone, which has `more`.
  settings::Loaded provider(const std::string& type, const std::string& options,
                            const std::string& place, const std::string& more,
                            const std::string& image = "v1") {
    write("providers/cloud.json",
          "{ \"type\": \"" + type + "\", \"image_id\": \"" + image + "\",\n\"options\": { " +
              options + " },\n\"regions\": { \"r\": { \"zones\": {\n\"" + place +
              "\": { \"min_servers\": 1, \"max_servers\": 2" + more + " } } } } }");
    return load();
  }

  test::TempDirectory directory;
  std::unique_ptr<FileSystem> files = os::make_file_system();
  settings::Types types = app::known_types();
  std::set<std::string> set;
};

std::string one_of(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) UNSCOPED_INFO(line);
  return lines.empty() ? "nothing" : lines.front();
}

const std::string ocean = R"("token_file": "/none/token")";
const std::string amazon = R"("credentials": "instance_role", "regions": { "eu-west-2": {} })";

}  // namespace

TEST_CASE("a server of a cloud that has sizes needs one", "[types]") {
  Place place;
  CHECK_THAT(one_of(place.provider("digitalocean", ocean, "lon1", "").problems),
             Contains("cloud.json:4:") && Contains("zone \"cloud/lon1\": there is no \"size\""));
  CHECK(place.provider("digitalocean", ocean, "lon1", R"(, "size": "s")").problems.empty());
  CHECK(place.provider("digitalocean", ocean + R"(, "size": "s")", "lon1", "").problems.empty());
  CHECK_THAT(one_of(place.provider("aws", amazon, "eu-west-2a", "").problems),
             Contains("cloud.json:4:") && Contains("\"instance_type\""));
  CHECK(place.provider("aws", amazon, "eu-west-2a", R"(, "size": "s")").problems.empty());
  CHECK(place.provider("aws", amazon + R"(, "instance_type": "s")", "eu-west-2a", "")
            .problems.empty());
  CHECK(place.provider("exec", R"("command": ["/bin/true"])", "z", "").problems.empty());
  // One that launches nothing needs none.
  CHECK(place.provider("digitalocean", ocean, "lon1", R"(, "state": "inactive")").problems.empty());
}

TEST_CASE("each of a zone's placements is looked at", "[types]") {
  Place place;
  const auto with = [&](const std::string& second) {
    return one_of(place
                      .provider("aws", amazon, "eu-west-2a",
                                R"(, "size": "s", "placements": [{}, )" + second + "]")
                      .problems);
  };
  CHECK(with(R"({ "place": "eu-west-2b" })") == "nothing");
  CHECK_THAT(with(R"({ "place": "eu-west-1a" })"),
             Contains("a placement of zone") && Contains("\"eu-west-1a\" is in none of"));
  CHECK_THAT(with(R"({ "place": "eu-west-2b", "image_id": "tag:" })"), Contains("names no image"));
}

TEST_CASE("a zone that lies in no region of the options is told", "[types]") {
  Place place;
  CHECK_THAT(one_of(place.provider("aws", amazon, "us-east-1a", R"(, "size": "s")").problems),
             Contains("cloud.json:4:") && Contains("\"us-east-1a\" is in none of the \"regions\""));
}

TEST_CASE("a tag or a name of nothing is no image", "[types]") {
  Place place;
  for (const std::string image : {"tag:", "name:"}) {
    INFO(image);
    CHECK_THAT(
        one_of(place.provider("digitalocean", ocean, "lon1", R"(, "size": "s")", image).problems),
        Contains("\"" + image + "\" names no image"));
    CHECK_THAT(
        one_of(place.provider("aws", amazon, "eu-west-2a", R"(, "size": "s")", image).problems),
        Contains("\"" + image + "\" names no image"));
  }
  CHECK_THAT(
      one_of(place.provider("digitalocean", ocean, "lon1", R"(, "size": "s")", "tag:a b").problems),
      Contains("\"a b\" is no tag"));
  CHECK_THAT(
      one_of(place.provider("aws", amazon, "eu-west-2a", R"(, "size": "s")", "name:a*").problems),
      Contains("pattern"));
  CHECK(place.provider("aws", amazon, "eu-west-2a", R"(, "size": "s")", "ami-1*").problems.empty());
  CHECK(place.provider("digitalocean", ocean, "lon1", R"(, "size": "s")", "name:a b")
            .problems.empty());
}

TEST_CASE("options that are wrong themselves say nothing of the zones", "[types]") {
  Place place;
  const auto problems = place.provider("digitalocean", "", "lon1", "").problems;
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems.front(), Contains("token_file"));
}

TEST_CASE("a variable that is not set is a warning, as a file that is not there", "[types]") {
  Place place;
  const std::string token = R"("size": "s", "token_environment": "OCEAN_TOKEN")";
  auto loaded = place.provider("digitalocean", token, "lon1", "");
  CHECK(loaded.settings);
  CHECK_THAT(one_of(loaded.warnings), Contains("cloud.json:2:") &&
                                          Contains("\"token_environment\"") &&
                                          Contains("has no OCEAN_TOKEN"));
  place.set = {"OCEAN_TOKEN"};
  CHECK(place.provider("digitalocean", token, "lon1", "").warnings.empty());

  const std::string keys =
      R"("credentials": "environment", "instance_type": "s", "regions": { "eu-west-2": {} })";
  CHECK(place.provider("aws", keys, "eu-west-2a", "").warnings.size() == 2);
  place.set = {"AWS_ACCESS_KEY_ID"};
  CHECK_THAT(one_of(place.provider("aws", keys, "eu-west-2a", "").warnings),
             Contains("\"credentials\"") && Contains("AWS_SECRET_ACCESS_KEY"));
  place.types.environment = nullptr;
  CHECK(place.provider("aws", keys, "eu-west-2a", "").warnings.empty());
}

TEST_CASE("the environment that is looked at is the program's own", "[types]") {
  CHECK(app::known_types().environment("PATH") == std::getenv("PATH"));
}

TEST_CASE("a key that the DNS client does not know is told, one that is away is a warning",
          "[types]") {
  Place place;
  const std::string file = place.directory.file("dns.key");
  const std::string dns = R"(, "dns": { "type": "rfc2136", "zone": "E.example.org.",
    "server": "192.0.2.1", "key_file": ")" +
                          file + "\" }";
  auto loaded = place.load(dns);
  REQUIRE(loaded.settings);
  CHECK(loaded.settings->dns.zone == "e.example.org");
  CHECK_THAT(one_of(loaded.warnings), Contains("\"key_file\"") && Contains("does not exist"));
  place.write("dns.key", "key \"k\" { algorithm hmac-md5; secret \"bm90\"; };");
  CHECK_THAT(one_of(place.load(dns).problems),
             Contains("coordinator.json:2:") && Contains("\"key_file\"") && Contains("hmac-md5"));
  place.write("dns.key",
              "key \"k\" { algorithm hmac-sha256; secret "
              "\"bm90IHRoZSBzZWNyZXQgb2YgYW55Ym9keQ==\"; };");
  CHECK(place.load(dns).problems.empty());
}

TEST_CASE("Digital Ocean's DNS takes no TTL below 30 s", "[types]") {
  Place place;
  const std::string dns =
      R"(, "dns": { "type": "digitalocean", "zone": "e.example.org", "token_file": "/none/token" })";
  const auto with = [&](const std::string& ttl) {
    (void)place.provider("exec", R"("command": ["/bin/true"])", "z",
                         ", \"dns_name\": \"z.e.example.org\",\n\"dns_ttl\": " + ttl);
    return one_of(place.load(dns).problems);
  };
  CHECK(with("30") == "nothing");
  CHECK_THAT(with("29"), Contains("cloud.json:5:") && Contains("\"dns_ttl\"") && Contains("30s"));
}

TEST_CASE("a secret's file that is empty, or no file, is a warning", "[types]") {
  Place place;
  const std::string file = place.directory.file("token");
  const auto warned = [&] {
    return one_of(
        place.provider("digitalocean", R"("size": "s", "token_file": ")" + file + "\"", "lon1", "")
            .warnings);
  };
  CHECK_THAT(warned(), Contains("does not exist"));
  place.write("token", " \n");
  CHECK_THAT(warned(), Contains("token is empty"));
  place.write("token", "dop_v1_0123456789");
  CHECK(warned() == "nothing");
  REQUIRE(std::remove(file.c_str()) == 0);
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  CHECK_THAT(warned(), Contains("cannot be read here") && Contains("is a pipe"));
}

TEST_CASE("a program that cannot be run, or a directory in a file's place, is a warning",
          "[types]") {
  Place place;
  place.write("program", "");
  const auto warned = [&](const std::string& path) {
    return one_of(place.provider("exec", "\"command\": [\"" + path + "\"]", "z", "").warnings);
  };
  CHECK_THAT(warned(place.directory.file("program")), Contains("program is not executable"));
  CHECK_THAT(warned(place.directory.path()), Contains("is a directory"));
  CHECK_THAT(warned("/none/program"), Contains("does not exist"));
  CHECK(warned("/bin/true") == "nothing");
  const auto zone_file = [&](const std::string& path, const std::string& more) {
    return one_of(place
                      .load(R"(, "dns": { "type": "file", "zone": "e.org", "file": ")" + path +
                            "\"" + more + " }")
                      .warnings);
  };
  place.write("providers/cloud.json", R"({ "type": "exec", "options": { "command": ["/bin/true"] },
      "regions": {} })");
  CHECK_THAT(zone_file(place.directory.path(), ""), Contains("is a directory"));
  CHECK(zone_file("/none/e.zone", "") == "nothing");  // it is made
  CHECK_THAT(zone_file("/none/e.zone", R"(, "if_missing": "fail")"), Contains("does not exist"));
}

TEST_CASE("the server of the DNS is a host, its port has a key of its own", "[types]") {
  Place place;
  const auto told = [&](const std::string& server) {
    return one_of(place
                      .load(R"(, "dns": { "type": "rfc2136", "zone": "e.org", "key_file":
                              "/none/key", "server": ")" +
                            server + "\" }")
                      .problems);
  };
  for (const std::string good : {"ns1.e.org", "127.0.0.1", "::1", "fe80::1%eth0", "localhost"}) {
    INFO(good);
    CHECK(told(good) == "nothing");
  }
  for (const std::string wrong : {"127.0.0.1:53", "ns1.e.org/x", "ns1 e.org", "[::1]"}) {
    INFO(wrong);
    CHECK_THAT(told(wrong), Contains("\"" + wrong + "\" is neither a host name nor an address"));
  }
}
