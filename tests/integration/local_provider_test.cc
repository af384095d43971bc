// The local provider with its own image: a real nginx, and the real agent, as a node would run
// them.
#include "coordinator/providers/local/local_provider.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/os/process.h"
#include "common/os/real.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using act::CreateRequest;
using model::Vm;
using test::await;

namespace {

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Node : public test::RealLoop {
 public:
  explicit Node(std::string agent) {
    options_.account = ProviderId("local");
    options_.root = dir_.file("root");
    options_.images = std::string(EDGEHERD_SOURCE) + "/packaging/images/local";
    options_.agent = std::move(agent);
    provider_ = std::make_unique<local::LocalProvider>(options_, loop(), random_);
    CreateRequest request;
    request.node = NodeId("n1");
    request.fleet = "test";
    request.place = "lon1";
    request.image = ImageId("v1");
    request.user_data = R"({"schema":1,"node":"n1","probe_token":"0123456789abcdef"})";
    auto made = await<Result<Vm>>(*this, [&](auto done) { provider_->create(request, done); });
    REQUIRE(made);
    vm_ = *made;
  }
  ~Node() {
    if (!destroyed_) static_cast<void>(destroy().ok());
  }

  Status destroy() {
    destroyed_ = true;
    return await<Status>(*this, [&](auto done) { provider_->destroy(vm_.id, done); });
  }
  Status reboot() {
    return await<Status>(*this, [&](auto done) { provider_->reboot(vm_.id, done); });
  }

  [[nodiscard]] std::string file(const std::string& name) const {
    return options_.root + "/nodes/" + vm_.id.str() + "/" + name;
  }

  os::ExitStatus run(std::vector<std::string> argv) {
    std::unique_ptr<os::Process> process;
    auto ended = await<Result<os::ExitStatus>>(*this, [&](auto done) {
      os::ProcessSpec spec;
      spec.argv = std::move(argv);
      process = os::Process::run(asio().io(), std::move(spec), done);
    });
    if (!ended) FAIL(ended.error().message);
    return *ended;
  }

  // The status of a GET, "000" when nobody answers.
  std::string get(int port, const std::string& path) {
    const std::string url = "http://" + vm_.address + ":" + std::to_string(port) + path;
    const std::string status = "%{http_code}";
    return run({"curl", "-s", "-m", "5", "-H", "Authorization: Bearer 0123456789abcdef", "-o",
                "/dev/null", "-w", status, url})
        .output;
  }
  bool comes_to(int port, const std::string& path, const std::string& status) {
    return run_until([&] { return get(port, path) == status; });
  }

  // Asks for `count` files and gives how many were answered with 200.
  int view(int count) {
    int answered = 0;
    for (int i = 0; i < count; ++i) answered += get(8080, "/1k.ts") == "200" ? 1 : 0;
    return answered;
  }
  [[nodiscard]] int logged() const {
    const std::string log = content(file("log/access.log"));
    return static_cast<int>(std::count(log.begin(), log.end(), '\n'));
  }

  [[nodiscard]] const local::Options& options() const { return options_; }
  [[nodiscard]] const Vm& vm() const { return vm_; }

 private:
  test::TempDirectory dir_;
  os::RealRandom random_;
  local::Options options_;
  std::unique_ptr<act::Provider> provider_;
  Vm vm_;
  bool destroyed_ = false;
};

}  // namespace

TEST_CASE("a node of image v1 serves, logs what viewers asked, and does not log probes") {
  Node node("");
  REQUIRE(node.comes_to(8080, "/edgeherd-probe", "200"));
  CHECK(node.get(8081, "/health") == "200");
  CHECK(node.get(8081, "/stub_status") == "200");
  CHECK(node.get(8080, "/nothing") == "404");
  CHECK(node.view(20) == 20);
  REQUIRE(node.run_until([&] { return node.logged() == 21; }, 5s));
  const std::string line = content(node.file("log/access.log"));
  CHECK(line.find(" 404 ") != std::string::npos);
  CHECK(line.find("\"GET /1k.ts HTTP/1.1\"") != std::string::npos);
}

TEST_CASE("the edge port closes and opens again while the rest goes on") {
  Node node("");
  REQUIRE(node.comes_to(8080, "/edgeherd-probe", "200"));
  const auto listener = [&](const std::string& wanted) {
    return node.run({node.file("etc/listener.sh"), wanted, node.file("."), node.vm().address});
  };
  CHECK(listener("close").success());
  CHECK(node.get(8080, "/edgeherd-probe") == "000");
  CHECK(node.get(8081, "/health") == "200");
  CHECK(listener("close").success());
  CHECK(listener("open").success());
  CHECK(node.get(8080, "/edgeherd-probe") == "200");
  CHECK(listener("ajar").code == 2);
}

TEST_CASE("nginx comes back after kill -9, and its log goes on") {
  Node node("");
  REQUIRE(node.comes_to(8080, "/edgeherd-probe", "200"));
  CHECK(node.view(5) == 5);
  REQUIRE(node.run_until([&] { return node.logged() == 5; }, 5s));
  const std::string before = content(node.file("nginx.pid"));
  REQUIRE(::kill(std::stoi(before), SIGKILL) == 0);
  REQUIRE(node.run_until([&] {
    const std::string now = content(node.file("nginx.pid"));
    return !now.empty() && now != before;
  }));
  REQUIRE(node.comes_to(8080, "/edgeherd-probe", "200"));
  CHECK(node.view(5) == 5);
  CHECK(node.run_until([&] { return node.logged() == 10; }, 5s));
}

TEST_CASE("a reboot loses no log line that nginx wrote") {
  Node node("");
  REQUIRE(node.comes_to(8080, "/edgeherd-probe", "200"));
  // Not waited for: the lines are still in nginx's buffer.
  CHECK(node.view(7) == 7);
  REQUIRE(node.reboot());
  REQUIRE(node.comes_to(8080, "/edgeherd-probe", "200"));
  CHECK(node.view(3) == 3);
  CHECK(node.run_until([&] { return node.logged() == 10; }, 5s));
}

TEST_CASE("a destroyed node leaves nothing that listens") {
  Node node("");
  REQUIRE(node.comes_to(8080, "/edgeherd-probe", "200"));
  REQUIRE(node.destroy());
  CHECK(node.get(8080, "/edgeherd-probe") == "000");
  CHECK(node.get(8081, "/health") == "000");
  CHECK(std::filesystem::is_empty(node.options().root + "/nodes"));
}

TEST_CASE("the agent of image v1 finds its node ready, and says so to who has the token") {
  const char* agent = std::getenv("EDGEHERD_TEST_AGENT");
  if (agent == nullptr) FAIL("EDGEHERD_TEST_AGENT must name the agent's program");
  Node node(agent);
  REQUIRE(node.comes_to(9180, "/livez", "200"));
  INFO(content(node.file("console.log")));
  CHECK(node.comes_to(9180, "/readyz", "200"));
  const auto status = node.run({"curl", "-s", "-H", "Authorization: Bearer 0123456789abcdef",
                                "http://" + node.vm().address + ":9180/status.json"});
  INFO(status.output);
  CHECK(status.output.find("\"node\":\"n1\"") != std::string::npos);
  CHECK(status.output.find("\"nginx\"") != std::string::npos);
}
