#include "coordinator/providers/local/configure.h"

#include "tests/support/catch.h"

using namespace edgeherd;

namespace {

struct Read {
  local::Options options;
  std::string problems;
};

Read read(const std::string& text) {
  const auto value = config::parse_json("local.json", text);
  REQUIRE(value);
  config::Problems problems("local.json");
  config::Section section(*value, problems);
  Read result{local::read_options(section, ProviderId("local")), ""};
  if (const auto status = problems.status(); !status) result.problems = status.error().message;
  return result;
}

}  // namespace

TEST_CASE("root and images are enough") {
  const Read result = read(R"({ "root": "/r", "images": "/i" })");
  CHECK(result.problems.empty());
  CHECK(result.options.account == ProviderId("local"));
  CHECK(result.options.root == "/r");
  CHECK(result.options.images == "/i");
  CHECK(result.options.addresses.text() == "127.64.0.0/10");
  CHECK(result.options.max_vms == 100);
  CHECK(result.options.faults.boot_delay == 0s);
}

TEST_CASE("everything can be set") {
  const Read result = read(R"({ "root": "/r", "images": "/i", "agent": "/a",
    "addresses": "127.99.0.0/16", "start_with": ["nice", "-n5"],
    "max_vms": 7, "stop_patience": "2s",
    "faults": { "boot_delay": "1500ms", "boot_jitter": "1s", "list_delay": "10ms",
      "create_fail_rate": 0.25, "create_fail_next": 1, "create_lose_answer_next": 2,
      "stuck_boot_rate": 0.5, "stuck_boot_next": 3, "list_fail_next": 4,
      "out_of_stock": ["lon1", "ams1"] } })");
  CHECK(result.problems.empty());
  const local::Faults& faults = result.options.faults;
  CHECK(result.options.agent == "/a");
  CHECK(result.options.addresses.text() == "127.99.0.0/16");
  CHECK(result.options.start_with == std::vector<std::string>{"nice", "-n5"});
  CHECK(result.options.max_vms == 7);
  CHECK(result.options.stop_patience == 2s);
  CHECK(faults.boot_delay == 1500ms);
  CHECK(faults.boot_jitter == 1s);
  CHECK(faults.list_delay == 10ms);
  CHECK(faults.create_fail_rate == 0.25);
  CHECK(faults.create_fail_next == 1);
  CHECK(faults.create_lose_answer_next == 2);
  CHECK(faults.stuck_boot_rate == 0.5);
  CHECK(faults.stuck_boot_next == 3);
  CHECK(faults.list_fail_next == 4);
  CHECK(faults.out_of_stock == std::set<std::string>{"lon1", "ams1"});
}

TEST_CASE("what is wrong is named with its place in the file") {
  const auto wrong = [](const std::string& text, const std::string& part) {
    const std::string problems = read(text).problems;
    INFO(problems);
    CHECK(problems.find("local.json:1:") != std::string::npos);
    CHECK(problems.find(part) != std::string::npos);
  };
  wrong(R"({ "images": "/i" })", "root");
  wrong(R"({ "root": "r", "images": "/i" })", "path from the root");
  wrong(R"({ "root": "/r", "images": "/i", "addresses": "127.0.0.0/24" })", "127.0.0.x");
  wrong(R"({ "root": "/r", "images": "/i", "start_with": [""] })", "begin with a program");
  wrong(R"({ "root": "/r", "images": "/i", "boot_delay": "1s" })", "boot_delay");
  wrong(R"({ "root": "/r", "images": "/i", "faults": { "create_fail_rate": 2 } })",
        "create_fail_rate");
  wrong(R"({ "root": "/r", "images": "/i", "faults": { "create_fails": 2 } })", "create_fails");
}
