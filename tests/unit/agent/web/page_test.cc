#include "agent/web/page.h"

#include "common/crypto/digest.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "common/os/asio_loop.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/web/sample_view.h"

using namespace edgeherd;
using namespace edgeherd::agent;

namespace {

http::Request request(std::string path, std::string method = "GET") {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  return request;
}

struct Bench {
  sim::SimLoop loop;
  test::SampleSource source;
  Page page{source, loop.clock(), ""};
};

// The page behind the real server, asked by the real client.
class Served {
 public:
  explicit Served(const std::string& token)
      : page_(source, loop_.clock(), token),
        server_(loop_.io(), {},
                [this](const http::Request& asked, http::Server::Reply reply) {
                  reply(page_.answer(asked));
                }),
        client_(loop_.io(), {}) {
    REQUIRE(server_.listen("127.0.0.1", 0, std::nullopt));
  }

  http::Response get(const std::string& path, http::Headers headers = {},
                     std::string method = "GET") {
    http::ClientRequest ask;
    ask.method = std::move(method);
    ask.url = "http://127.0.0.1:" + std::to_string(server_.port()) + path;
    ask.headers = std::move(headers);
    Result<http::Response> answer = fail(Errc::internal, "not asked");
    client_.send(std::move(ask), [&](Result<http::Response> came) {
      answer = std::move(came);
      loop_.stop();
    });
    loop_.run();
    INFO((answer ? std::string() : answer.error().message));
    REQUIRE(answer);
    return std::move(answer).value();
  }

  test::SampleSource source;

 private:
  os::AsioLoop loop_;
  Page page_;
  http::Server server_;
  http::Client client_;
};

}  // namespace

TEST_CASE("every page answers GET over HTTP with its type") {
  Served served("");
  const auto people = served.get("/");
  CHECK(people.status == 200);
  CHECK(http::header(people.headers, "Content-Type") == "text/html; charset=utf-8");
  CHECK(http::header(people.headers, "Content-Security-Policy").find("default-src 'none'") == 0);
  CHECK(http::header(served.get("/status.json").headers, "Content-Type") == "application/json");
  CHECK(served.get("/metrics").body.find("# HELP edgeherd_agent_build_info") == 0);
  CHECK(served.get("/livez").body == "alive\n");
  const auto ready = served.get("/readyz");
  CHECK(ready.status == 503);
  CHECK(ready.body == "not ready: check disk: unknown: has not run yet\n");
  CHECK(served.get("/nothing").status == 404);
}

TEST_CASE("HEAD has no body, other methods are refused with what is allowed") {
  Served served("");
  const auto head = served.get("/status.json", {}, "HEAD");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  for (const auto* method : {"POST", "PUT", "DELETE"}) {
    const auto refused = served.get("/status.json", {}, method);
    CHECK(refused.status == 405);
    CHECK(http::header(refused.headers, "Allow") == "GET, HEAD");
  }
}

TEST_CASE("where a token is set every page wants it, as a bearer or as a password") {
  Served served("s3cret");
  for (const auto* path : {"/", "/status.json", "/metrics", "/livez", "/readyz", "/nothing"}) {
    CHECK(served.get(path).status == 401);
  }
  CHECK(served.get("/livez", {{"Authorization", "Bearer s3cret"}}).status == 200);
  CHECK(served.get("/livez", {{"Authorization", "Bearer s3cre"}}).status == 401);
  CHECK(served.get("/livez", {{"Authorization", "Bearer s3cret2"}}).status == 401);
  CHECK(served.get("/livez", {{"Authorization", "Bearer "}}).status == 401);
  const auto basic = "Basic " + crypto::to_base64("anybody:s3cret");
  CHECK(served.get("/livez", {{"Authorization", basic}}).status == 200);
  CHECK(served.get("/livez", {{"Authorization", "Basic " + crypto::to_base64("s3cret")}}).status ==
        401);
  CHECK(served.get("/livez", {{"Authorization", "Basic !!"}}).status == 401);
}

TEST_CASE("a ready node answers readyz with 200") {
  Bench bench;
  bench.source.current.health.ready = true;
  bench.source.current.health.failing.clear();
  CHECK(bench.page.answer(request("/readyz")).status == 200);
}

TEST_CASE("a body is rendered once per sample, and anew when its ages would be wrong") {
  Bench bench;
  const auto first = bench.page.answer(request("/metrics")).body;
  bench.source.current.reading.load1 = 9.5;
  CHECK(bench.page.answer(request("/metrics")).body == first);
  ++bench.source.number;
  CHECK(bench.page.answer(request("/metrics")).body.find("edgeherd_agent_load1 9.5\n") !=
        std::string::npos);

  const auto status = bench.page.answer(request("/status.json")).body;
  CHECK(bench.page.answer(request("/status.json")).body == status);
  bench.loop.run_for(200s);
  CHECK(bench.page.answer(request("/status.json")).body != status);
}

TEST_CASE("the script that the page carries is the one that its policy admits") {
  Bench bench;
  const auto answer = bench.page.answer(request("/"));
  const auto begin = answer.body.find("<script>") + 8;
  const auto script = answer.body.substr(begin, answer.body.find("</script>") - begin);
  const auto hash = crypto::to_base64(crypto::sha256(script));
  const auto policy = http::header(answer.headers, "Content-Security-Policy");
  CHECK(policy.find("'sha256-" + hash + "'") != std::string_view::npos);
}
