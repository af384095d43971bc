#include "coordinator/providers/digitalocean/answer.h"

#include "common/core/utc.h"
#include "coordinator/providers/digitalocean/api.h"
#include "coordinator/providers/digitalocean/order.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::digitalocean;
using Catch::Matchers::Contains;
using model::Power;

namespace {

// As the API's own documentation shows one, without what nobody here reads.
const std::string droplet = R"({"id": 3164444, "name": "n1", "status": "active",
  "created_at": "2026-07-21T18:37:44Z", "image": {"id": 63663980, "name": "20.04 (LTS) x64"},
  "region": {"name": "London 1", "slug": "lon1"}, "tags": ["web", "edgeherd-fleet:f", "edgeherd-node:n1"],
  "networks": {"v4": [
    {"ip_address": "10.128.192.124", "netmask": "255.255.0.0", "type": "private"},
    {"ip_address": "192.241.165.154", "netmask": "255.255.255.0", "type": "public"}], "v6": []}})";

std::string with(std::string text, const std::string& what, const std::string& instead) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

std::string list_of(const std::string& items, const std::string& rest) {
  return "{\"droplets\": [" + items + "], " + rest + "}";
}

Error error_for(int status, const std::string& body) {
  return error_of({status, {}, body});
}

}  // namespace

TEST_CASE("a droplet is read with its tags and addresses", "[digitalocean]") {
  const auto vm = parse_droplet("{\"droplet\": " + droplet + "}");
  REQUIRE(vm);
  CHECK(vm->id == VmId("3164444"));
  CHECK(vm->fleet == "f");
  CHECK(vm->node == NodeId("n1"));
  CHECK(vm->place == "lon1");
  CHECK(vm->address == "192.241.165.154");
  CHECK(vm->private_address == "10.128.192.124");
  CHECK(vm->power == Power::running);
  CHECK(vm->image == ImageId("63663980"));
  CHECK(utc_text(vm->created).starts_with("2026-07-21T18:37:44"));
}

TEST_CASE("a droplet without addresses, image or tags is one all the same", "[digitalocean]") {
  const auto vm = parse_droplet(R"({"droplet": {"id": 1, "status": "new", "tags": [], "image": null,
    "created_at": "2026-07-21T18:37:44Z", "region": {"slug": "lon1"}, "networks": {}}})");
  REQUIRE(vm);
  CHECK(vm->fleet.empty());
  CHECK(vm->node.empty());
  CHECK(vm->address.empty());
  CHECK(vm->image.empty());
  CHECK(vm->power == Power::starting);
}

TEST_CASE("what is wrong in a droplet is named with its place", "[digitalocean]") {
  for (const auto& [what, instead, named] :
       {std::tuple("3164444", "\"3164444\"", "droplets[1].id"),
        std::tuple("3164444", "-1", "droplets[1].id"),
        std::tuple("\"active\"", "\"melted\"", "droplets[1].status: \"melted\""),
        std::tuple("2026-07-21", "yesterday", "droplets[1].created_at"),
        std::tuple("\"lon1\"", "7", "droplets[1].region.slug"),
        std::tuple("\"web\"", "{}", "droplets[1].tags"),
        std::tuple("63663980", "\"x\"", "droplets[1].image.id"),
        std::tuple("\"private\"", "1", "droplets[1].networks.v4[0]"),
        std::tuple("{\"v4\"", "{\"v4\": 1, \"v5\"", "droplets[1].networks.v4")}) {
    INFO(named);
    const auto page = parse_droplets(
        list_of(droplet + ", " + with(droplet, what, instead), R"("meta": {"total": 2})"),
        "/v2/droplets");
    REQUIRE_FALSE(page);
    CHECK(page.error().code == Errc::broken);
    CHECK_THAT(page.error().message, Contains(named));
  }
}

TEST_CASE("the next page is asked of the API that was configured, wherever it says it is",
          "[digitalocean]") {
  const std::string next = "https://elsewhere.example/v2/droplets?page=2&per_page=200";
  const auto page = parse_droplets(
      list_of(droplet, R"("meta": {"total": 201}, "links": {"pages": {"next": ")" + next + "\"}}"),
      "/v2/droplets");
  REQUIRE(page);
  CHECK(page->next == "/v2/droplets?page=2&per_page=200");
  CHECK(page->total == 201);
}

TEST_CASE("a next page that is not one of the list is broken", "[digitalocean]") {
  for (const char* next : {"https://api.example/v2/images?page=2", "https://api.example/", "page 2",
                           "https://api.example/v2/droplets"}) {
    INFO(next);
    const auto page =
        parse_droplets(list_of(droplet, R"("meta": {"total": 2}, "links": {"pages": {"next": ")" +
                                            std::string(next) + "\"}}"),
                       "/v2/droplets");
    REQUIRE_FALSE(page);
    CHECK(page.error().code == Errc::broken);
    CHECK_THAT(page.error().message, Contains("links.pages.next"));
  }
}

TEST_CASE("a last page has no next one, in whatever way it says so", "[digitalocean]") {
  for (const char* links :
       {R"("links": {})", R"("links": {"pages": {}})", R"("links": null)",
        R"("links": {"pages": {"first": "https://a.example/v2/droplets?page=1"}})"}) {
    INFO(links);
    const auto page = parse_droplets(list_of("", R"("meta": {"total": 0}, )" + std::string(links)),
                                     "/v2/droplets");
    REQUIRE(page);
    CHECK(page->next.empty());
  }
}

TEST_CASE("each kind of failure is sorted by what can be done about it", "[digitalocean]") {
  const auto code = [](int status, const char* message) {
    return error_for(status, R"({"id": "x", "message": ")" + std::string(message) + "\"}").code;
  };
  CHECK(code(401, "Unable to authenticate you") == Errc::refused);
  CHECK(code(403, "You are not authorized") == Errc::refused);
  CHECK(code(429, "API Rate limit exceeded.") == Errc::throttled);
  CHECK(code(500, "Server was unable to respond") == Errc::unavailable);
  CHECK(code(503, "") == Errc::unavailable);
  CHECK(code(400, "bad") == Errc::invalid);
  CHECK(code(302, "") == Errc::broken);
  CHECK(code(422, "creating this/these droplet(s) will exceed your droplet limit") ==
        Errc::out_of_stock);
  CHECK(code(422, "Region is not available") == Errc::out_of_stock);
  CHECK(code(422, "Size is not available in this region.") == Errc::out_of_stock);
  CHECK(code(422, "The image is not available in the selected region.") == Errc::invalid);
  CHECK(code(422, "You specified an invalid image for Droplet creation.") == Errc::invalid);
  CHECK(code(422, "Droplet already has a pending event.") == Errc::conflict);
}

TEST_CASE("only the cloud's own word is believed that something is not there", "[digitalocean]") {
  const std::string cloud = R"({"id": "not_found", "message": "The resource could not be found."})";
  CHECK(error_for(404, cloud).code == Errc::not_found);
  for (const char* gateway : {"", "<html>404</html>", "{}", R"({"id": "gone", "message": "x"})",
                              R"({"id": 404})", R"(["not_found"])"}) {
    INFO(gateway);
    CHECK(error_for(404, gateway).code == Errc::broken);
  }
}

TEST_CASE("a failure's own words are shown on one line and not without end", "[digitalocean]") {
  CHECK(error_for(500, R"({"message": "a\nb"})").message == "status 500: a b");
  CHECK(error_for(502, "<html>").message == "status 502");
  CHECK(error_for(500, R"({"message": ")" + std::string(10'000, 'a') + "\"}").message.size() < 400);
}

TEST_CASE("what the headers say of the budget is read, and nonsense in them is not",
          "[digitalocean]") {
  const auto reported = report_of({{"RateLimit-Limit", "5000"},
                                   {"RateLimit-Remaining", "4816"},
                                   {"RateLimit-Reset", "1444931833"},
                                   {"Retry-After", "7"}});
  CHECK(reported.limit == 5000);
  CHECK(reported.remaining == 4816);
  CHECK(reported.reset == from_unix_millis(1'444'931'833'000));
  CHECK(reported.retry_after == 7s);
  const auto latest = report_of({{"RateLimit-Reset", "4000000000"}});
  CHECK(latest.reset == from_unix_millis(4'000'000'000'000));
  CHECK_FALSE(report_of({{"RateLimit-Reset", "4000000001"}}).reset);  // 2096: no hour ends there
  const auto nonsense = report_of({{"ratelimit-limit", "many"},
                                   {"ratelimit-remaining", ""},
                                   {"ratelimit-reset", "99999999999999999999"},
                                   {"retry-after", "-1"}});
  CHECK_FALSE(nonsense.limit);
  CHECK_FALSE(nonsense.remaining);
  CHECK_FALSE(nonsense.reset);
  CHECK_FALSE(nonsense.retry_after);
}

TEST_CASE("only a plain number is a droplet's id", "[digitalocean]") {
  CHECK(is_droplet_id("3164444"));
  for (const char* text : {"", "0", "01", "-1", "1 ", "1/actions", "..", "1?tag_name=a", "1e3",
                           "99999999999999999999999"}) {
    CHECK_FALSE(is_droplet_id(text));
  }
}

TEST_CASE("an order that the cloud would misunderstand is refused before it is sent",
          "[digitalocean]") {
  act::CreateRequest good;
  good.node = NodeId("lon1-abc");
  good.fleet = "f";
  good.place = "lon1";
  good.image = ImageId("1");
  good.size = "s-1vcpu-1gb";
  REQUIRE(check_create(good, {}));
  const auto refused = [&](void (*change)(act::CreateRequest&)) {
    act::CreateRequest request = good;
    change(request);
    const Status status = check_create(request, {});
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Errc::invalid);
    return status.error().message;
  };
  CHECK_THAT(refused([](auto& r) { r.node = NodeId("a_b"); }), Contains("a_b"));
  CHECK_THAT(refused([](auto& r) { r.node = NodeId(""); }), Contains("name"));
  CHECK_THAT(refused([](auto& r) { r.fleet = ""; }), Contains("fleet"));
  CHECK_THAT(refused([](auto& r) { r.fleet = "a b"; }), Contains("tag"));
  CHECK_THAT(refused([](auto& r) { r.place = ""; }), Contains("region"));
  CHECK_THAT(refused([](auto& r) { r.size = ""; }), Contains("size"));
  CHECK_THAT(refused([](auto& r) { r.image = ImageId(""); }), Contains("image"));
  CHECK_THAT(refused([](auto& r) { r.user_data = std::string(65'537, 'a'); }), Contains("65537"));
}
