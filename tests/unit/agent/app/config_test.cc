#include "agent/app/config.h"

#include "agent/app/options.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/collect/fixture_tree.h"

using namespace edgeherd;
using namespace edgeherd::agent;
using edgeherd::test::FixtureTree;

namespace {

struct Files {
  FixtureTree folder;
  std::string image = folder.root() + "/agent.json";
  std::string user = folder.root() + "/user.json";

  Result<AgentConfig> load(const std::string& image_text) {
    folder.write("agent.json", image_text);
    return load_config(image, "");
  }
  Result<AgentConfig> load(const std::string& image_text, const std::string& user_text) {
    folder.write("agent.json", image_text);
    folder.write("user.json", user_text);
    return load_config(image, user);
  }
  // The first line of what is wrong, without the folder.
  std::string wrong(const std::string& image_text) {
    const auto config = load(image_text);
    REQUIRE_FALSE(config);
    CHECK(config.error().code == Errc::invalid);
    auto text = config.error().message;
    while (text.find(folder.root() + "/") != std::string::npos) {
      text.erase(text.find(folder.root() + "/"), folder.root().size() + 1);
    }
    return text;
  }
};

const std::string key(40, 'k');

const std::string full_image = R"({
  // baked into the image
  "image_version": "img-3",
  "user_data": "",
  "state_dir": "/var/lib/agent",
  "listen": "${address}:9180",
  "access_log": "/var/log/nginx/edge.log",
  "log_fields": { "msec": 2, "upstream_header_time": -1 },
  "stub_status": "http://127.0.0.1:81/stub",
  "edge_ports": [80, 443],
  "sample_interval": "500ms",
  "spool_max_bytes": "2GiB", "rotate_bytes": "1MiB", "rotate_age": "1m", "holder_policy": "ship",
  "checks": {
    "edge": { "kind": "http", "url": "http://${address}/", "status": 204, "period": "2s" },
    "origin": { "kind": "http", "url": "http://127.0.0.1/o", "status": [200, 299], "contains": "ok" },
    "nginx": { "kind": "process", "pid_file": "/run/nginx.pid", "process_name": "nginx" },
    "cache": { "kind": "mount", "path": "/cache" },
    "disk": { "kind": "disk_free", "path": "/cache", "bytes": "10GiB" },
    "clock": { "kind": "clock_offset", "max_error": "100ms" }
  },
  "hooks": { "reopen_logs": ["nginx", "-s", "reopen"], "close_listener": ["nginx", "-s", "quit"] }
})";

const std::string full_user = R"({
  "node": "n-1", "vm_id": "vm-9", "enrolment_token": "aa", "probe_token": "bb",
  "coordinators": [ { "endpoint": "tcp://127.0.0.1:7171", "public_key": ")" +
                              key + R"(", "enroll_endpoint": "tcp://127.0.0.1:7172" } ],
  "variables": { "address": "127.1.2.3" },
  "something_newer": 1
})";

}  // namespace

TEST_CASE("every key of the image and of the user data arrives") {
  Files files;
  const auto loaded = files.load(full_image, full_user);
  INFO((loaded ? std::string() : loaded.error().message));
  REQUIRE(loaded);
  const auto& config = *loaded;
  CHECK(config.node == "n-1");
  CHECK(config.vm_id == "vm-9");
  CHECK(config.enrolment_token == "aa");
  CHECK(config.probe_token == "bb");
  REQUIRE(config.coordinators.size() == 1);
  CHECK(config.coordinators[0].enroll_endpoint == "tcp://127.0.0.1:7172");
  CHECK(config.image_version == "img-3");
  CHECK(config.listen.host == "127.1.2.3");
  CHECK(config.listen.port == 9180);
  CHECK(config.log_format.msec == 2);
  CHECK(config.log_format.upstream_header_time == logs::LogFormat::absent);
  CHECK(config.log_format.status == 1);
  CHECK(config.edge_ports == std::vector<std::uint16_t>{80, 443});
  CHECK(config.sample_interval == 500ms);
  CHECK(config.spool_max_bytes == 2ULL << 30);
  CHECK(config.holder_policy == logs::HolderPolicy::ship);
  REQUIRE(config.checks.size() == 6);
  const auto& edge = std::get<HttpCheck>(config.checks[0].kind);
  CHECK(edge.url == "http://127.1.2.3/");
  CHECK(edge.status_from == 204);
  CHECK(edge.status_to == 204);
  CHECK(config.checks[0].period == 2s);
  CHECK(std::get<HttpCheck>(config.checks[1].kind).status_to == 299);
  CHECK(std::get<ProcessCheck>(config.checks[2].kind).pid_file == "/run/nginx.pid");
  CHECK(std::get<ProcessCheck>(config.checks[2].kind).name == "nginx");
  CHECK(std::get<DiskFreeCheck>(config.checks[4].kind).percent == 0);
  CHECK(std::get<ClockOffsetCheck>(config.checks[5].kind).max_error == 100ms);
  CHECK(config.hooks.reopen_logs == std::vector<std::string>{"nginx", "-s", "reopen"});
}

TEST_CASE("the digest is the image's: the same whatever the node, other when the image is") {
  Files files;
  const auto one = files.load(full_image, full_user);
  auto other_user = full_user;
  other_user.replace(other_user.find("n-1"), 3, "n-2");
  other_user.replace(other_user.find("127.1.2.3"), 9, "127.1.2.4");
  const auto two = files.load(full_image, other_user);
  REQUIRE(one);
  REQUIRE(two);
  CHECK(one->digest == two->digest);
  CHECK(one->digest.size() == 64);

  const auto same = files.load(R"({"edge_ports":[80], "image_version":"a", "node":"x"})");
  const auto reordered =
      files.load("{ \"image_version\" : \"a\", /* note */ \"edge_ports\": [ 80 ] }");
  const auto changed = files.load(R"({"image_version":"a", "edge_ports":[81]})");
  CHECK(same->digest == reordered->digest);
  CHECK(same->digest != changed->digest);
}

TEST_CASE("an empty configuration has working defaults") {
  Files files;
  const auto config = files.load("{}");
  REQUIRE(config);
  CHECK(config->listen.is_loopback());
  REQUIRE(config->checks.size() == 1);
  CHECK(config->checks[0].name == "disk_free");
  const auto with_edge = files.load(R"({"edge_ports": [8080]})");
  CHECK(std::get<HttpCheck>(with_edge->checks.at(0).kind).url == "http://127.0.0.1:8080/");
}

TEST_CASE("what is wrong is told with file, line, column and key") {
  Files files;
  CHECK(files.wrong("{\n  \"lisen\": \"127.0.0.1:1\"\n}").find("agent.json:2:3: ") == 0);
  CHECK(files.wrong("{\n  \"lisen\": 1\n}").find("lisen") != std::string::npos);
  CHECK(files.wrong("{\"listen\": 7}").find("agent.json:1:12: \"listen\" must be a text") == 0);
  CHECK(files.wrong("{\"listen\": \"edge.example:80\"}").find("agent.json:1:12: \"listen\": ") ==
        0);
  CHECK(files.wrong("{\"edge_ports\": [80, 0]}").find("agent.json:1:16: \"edge_ports\"") == 0);
  CHECK(files.wrong("{\"sample_interval\": \"1h\"}").find("agent.json:1:21: ") == 0);
  CHECK(files.wrong("{\"edge_address\": \"edge\"}").find("agent.json:1:18: \"edge_address\"") == 0);
  CHECK(files.wrong("{\"stub_status\": \"unix:/x\"}").find("\"stub_status\"") != std::string::npos);
  CHECK(files.wrong("{\"hooks\": {\"reopen\": []}}").find("reopen") != std::string::npos);
  CHECK(files.wrong("{\"log_fields\": {\"msec\": 99}}").find("\"msec\"") != std::string::npos);
  CHECK(files.wrong("{ nonsense").find("agent.json:1:") == 0);
  CHECK(files.wrong("{\"state_dir\": \"${where}\"}")
            .find("agent.json:1:15: unknown variable \"where\"") == 0);
  CHECK(files.wrong("{\"state_dir\": \"${where\"}").find("closing brace") != std::string::npos);
}

TEST_CASE("what is wrong in a check is told at its place") {
  Files files;
  const auto check = [&](const std::string& text) {
    return files.wrong("{\"checks\": {\"c\": " + text + "}}");
  };
  CHECK(check("{}").find("\"kind\"") != std::string::npos);
  CHECK(check(R"({"kind": "ping"})").find("\"disk_free\"") != std::string::npos);
  CHECK(check(R"({"kind": "http"})").find("\"url\"") != std::string::npos);
  CHECK(check(R"({"kind": "http", "url": "ftp://x"})").find("http://") != std::string::npos);
  CHECK(check(R"({"kind": "http", "url": "http://x", "status": [300, 200]})").find("\"status\"") !=
        std::string::npos);
  CHECK(check(R"({"kind": "http", "url": "http://x", "status": 99})").find("\"status\"") !=
        std::string::npos);
  CHECK(check(R"({"kind": "process"})").find("\"pid_file\"") != std::string::npos);
  CHECK(check(R"({"kind": "process", "command_line": "a", "process_name": "b"})").find("one of") !=
        std::string::npos);
  CHECK(check(R"({"kind": "mount"})").find("\"path\"") != std::string::npos);
  CHECK(check(R"({"kind": "disk_free", "path": "/", "percent": 101})").find("\"percent\"") !=
        std::string::npos);
  CHECK(check(R"({"kind": "mount", "path": "/", "period": "0s"})").find("\"period\"") !=
        std::string::npos);
}

TEST_CASE("what a coordinator would refuse to read is refused here") {
  Files files;
  const auto named = [](const std::string& name) {
    return "{\"checks\": {\"" + name + R"(": {"kind": "mount", "path": "/"}}})";
  };
  CHECK(files.load(named(std::string(64, 'n'))));
  CHECK(files.wrong(named(std::string(65, 'n'))).find("1 to 64 bytes") != std::string::npos);
  CHECK(files.wrong(named("a\\u0007b")).find("control characters") != std::string::npos);
  CHECK(files.wrong(named("")).find("1 to 64 bytes") != std::string::npos);
  const auto image = [](std::size_t bytes) {
    return "{\"image_version\": \"" + std::string(bytes, 'i') + "\"}";
  };
  CHECK(files.load(image(128)));
  CHECK(files.wrong(image(129)).find("agent.json:1:19: \"image_version\" has at most 128") == 0);
}

TEST_CASE("a coordinator that cannot be meant is refused") {
  Files files;
  const auto with = [&](const std::string& coordinator) {
    return files.wrong(R"({"node": "n", "access_log": "/l", "coordinators": [)" + coordinator +
                       "]}");
  };
  CHECK(with(R"({"endpoint": "tcp://a:1"})").find("\"public_key\"") != std::string::npos);
  CHECK(with(R"({"endpoint": "tcp://a:1", "public_key": "short"})").find("40 characters") !=
        std::string::npos);
  CHECK(with(R"({"endpoint": "a:1", "public_key": ")" + key + "\"}").find("tcp://") !=
        std::string::npos);
  const auto coordinator = R"({"endpoint": "tcp://a:1", "public_key": ")" + key + "\"}";
  CHECK(files.wrong(R"({"access_log": "/l", "coordinators": [)" + coordinator + "]}")
            .find("\"node\"") != std::string::npos);
  CHECK(files.wrong(R"({"node": "n", "coordinators": [)" + coordinator + "]}")
            .find("\"access_log\"") != std::string::npos);
  CHECK(files.wrong(R"({"node": "n", "access_log": "/l", "coordinators": [)" + coordinator + "]}")
            .find("\"reopen_logs\"") != std::string::npos);
}

TEST_CASE("a page that others can reach wants a token") {
  Files files;
  CHECK(files.wrong(R"({"listen": "0.0.0.0:9180"})").find("probe_token") != std::string::npos);
  CHECK(files.wrong(R"({"listen": "[::]:9180"})").find("probe_token") != std::string::npos);
  CHECK(files.load(R"({"listen": "0.0.0.0:9180", "probe_token": "t"})"));
  CHECK(files.load(R"({"listen": "[::1]:9180"})"));
  CHECK(files.load(R"({"listen": "127.9.8.7:9180"})"));
}

TEST_CASE("user data that is missing or wrong is told with its own file") {
  Files files;
  const auto missing = files.load(R"({"user_data": "/nowhere/user.json"})");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("/nowhere/user.json") != std::string::npos);
  const auto wrong = files.load("{}", "{\n\"node\": 5}");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find(files.user + ":2:9: ") == 0);
  const auto list = files.load("{}", "{\"variables\": [1]}");
  REQUIRE_FALSE(list);
  CHECK(list.error().message.find("\"variables\"") != std::string::npos);
}

TEST_CASE("a text may hold a dollar and a brace") {
  Files files;
  const auto config =
      files.load(R"({"state_dir": "/a$${b}/$c/${d}"})", R"({"variables": {"d": "e"}})");
  REQUIRE(config);
  CHECK(config->state_dir == "/a${b}/$c/e");
}

namespace {
Result<Options> parse(std::vector<const char*> arguments) {
  return parse_options(arguments);
}
}  // namespace

TEST_CASE("the command line's forms are understood and their mixtures refused") {
  CHECK(parse({"--config", "a.json"})->config_file == "a.json");
  CHECK(parse({"--config=a.json", "--user-data=u"})->user_data == "u");
  CHECK(parse({"--check-config", "--config", "a"})->mode == Mode::check_config);
  CHECK(parse({"--help"})->mode == Mode::help);
  CHECK(parse({"--version"})->mode == Mode::version);
  CHECK(parse({"--standalone", "--state-dir", "s", "--listen", "127.0.0.1:1"})->standalone);
  CHECK_FALSE(parse({}));
  CHECK_FALSE(parse({"--config"}));
  CHECK_FALSE(parse({"--config="}));
  CHECK_FALSE(parse({"--standalone"}));
  CHECK_FALSE(parse({"--standalone", "--state-dir", "s", "--config", "a"}));
  CHECK_FALSE(parse({"--config", "a", "--listen", "127.0.0.1:1"}));
  CHECK_FALSE(parse({"--standalone", "--check-config", "--state-dir", "s"}));
  CHECK_FALSE(parse({"surprise"}));
}

TEST_CASE("standalone mode serves on loopback alone") {
  Options options;
  options.standalone = true;
  options.state_dir = "/tmp/s";
  options.listen = "0.0.0.0:80";
  CHECK_FALSE(make_config(options));
  options.listen = "127.0.0.1:0";
  CHECK(make_config(options));
}
