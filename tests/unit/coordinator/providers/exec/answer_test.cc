#include "coordinator/providers/exec/answer.h"

#include <boost/json.hpp>

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::exec;
using Catch::Matchers::Contains;

namespace {

const std::string server =
    R"({"id": "7", "power": "running", "place": "lon1", "created": "2026-01-02T03:04:05Z",
        "fleet": "f", "node": "n", "address": "192.0.2.1", "private_address": null, "more": 1})";

std::string list(const std::string& servers, int total) {
  return R"({"total": )" + std::to_string(total) + R"(, "servers": [)" + servers + "]}";
}

}  // namespace

TEST_CASE("a server is read with what it has, and unknown members are left alone") {
  const auto vm = parse_server(R"({"server": )" + server + "}");
  REQUIRE(vm);
  CHECK(vm->id == VmId("7"));
  CHECK(vm->power == model::Power::running);
  CHECK(vm->fleet == "f");
  CHECK(vm->address == "192.0.2.1");
  CHECK(vm->private_address.empty());
  CHECK(vm->image.empty());
}

TEST_CASE("each answer that is not as agreed is broken, and says where") {
  const std::string no_power = R"({"id": "7", "place": "l", "created": "2026-01-02T03:04:05Z"})";
  const std::pair<std::string, std::string> wrong[] = {
      {"", "no JSON"},
      {"[]", "an answer is an object"},
      {"{}", "total: a count is expected"},
      {R"({"total": -1, "servers": []})", "total: a count"},
      {R"({"total": 0})", "servers: a list is expected"},
      {list(server, 2), "1 of a total of 2"},
      {list("7", 1), "servers[0]: an object"},
      {list(server + "," + no_power, 2), "servers[1].power: a text is expected"},
      {list(R"({"id": "", "power": "running", "place": "l", "created": "2026-01-02T03:04:05Z"})",
            1),
       "servers[0].id"},
      {list(R"({"id": "1", "power": "dreaming", "place": "l", "created": "2026-01-02T03:04:05Z"})",
            1),
       "\"dreaming\""},
      {list(R"({"id": "1", "power": "running", "place": "l", "created": "yesterday"})", 1),
       "servers[0].created"},
      {R"({"error": "no"})", "error: an object"},
      {R"({"error": {"code": "odd", "message": "m"}})", "\"odd\""},
      {R"({"error": {"code": "internal", "message": "m"}})", "\"internal\""},
      {R"({"error": {"message": "m"}})", "error.code"},
  };
  for (const auto& [answer, what] : wrong) {
    INFO(answer);
    const auto listed = parse_servers(answer);
    REQUIRE_FALSE(listed);
    CHECK(listed.error().code == Errc::broken);
    CHECK_THAT(listed.error().message, Contains(what));
  }
}

TEST_CASE("an error of the program is that error") {
  const auto refused = parse_done(R"({"error": {"code": "out_of_stock", "message": "no more"}})");
  CHECK(refused.error().code == Errc::out_of_stock);
  CHECK(refused.error().message == "no more");
  const std::string wordy(2'000'000, 'w');
  const auto cut = parse_done(R"({"error": {"code": "refused", "message": ")" + wordy + "\"}}");
  CHECK(cut.error().message.size() < 1000);
  CHECK(cut.error().message.starts_with("www"));
  CHECK(parse_done(R"({"done": true})"));
  CHECK_FALSE(parse_done(R"({"done": false})"));
  CHECK_FALSE(parse_done("{}"));
}

TEST_CASE("images need an id and a moment") {
  const auto images =
      parse_images(R"({"images": [{"id": "v1", "created": "2026-01-02T03:04:05Z"}]})");
  REQUIRE(images);
  CHECK(images->front().id == ImageId("v1"));
  CHECK_THAT(parse_images(R"({"images": [{"id": "v1"}]})").error().message,
             Contains("images[0].created"));
}

TEST_CASE("a request says everything as JSON, whatever the texts are") {
  act::CreateRequest request;
  request.node = NodeId("n");
  request.user_data = "a \"quote\"\n";
  const auto value = boost::json::parse(create_request(ProviderId("one"), request)).as_object();
  CHECK(value.at("schema") == 1);
  CHECK(value.at("call") == "create");
  CHECK(value.at("account") == "one");
  CHECK(value.at("server").as_object().at("user_data") == "a \"quote\"\n");
}
