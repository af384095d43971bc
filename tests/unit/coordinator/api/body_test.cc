// Who may send how large a body, as the whole coordinator has it.
#include "tests/support/raw_socket.h"
#include "tests/unit/coordinator/api/api_bench.h"

using namespace edgeherd::tests;
using namespace edgeherd;

namespace {

constexpr std::size_t large = 32 * 1024 * 1024;

// The answer to the head alone: the body never comes.
int status_of_head(const Bench& bench, const std::string& line, const std::string& token = "",
                   std::size_t bytes = large) {
  const std::string& url = bench.coordinator.url();
  auto peer = test::RawSocket::connect(
      static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  peer.send(line + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
            (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") +
            "Content-Length: " + std::to_string(bytes) + "\r\n\r\n");
  const std::string answer = peer.receive_until("\r\n\r\n");
  return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
}

}  // namespace

TEST_CASE("an upload without a grant is refused by its head") {
  const Bench bench;
  CHECK(status_of_head(bench, "PUT /v1/archive/logs/a?overwrite=forbid&bytes=33554432") == 403);
  CHECK(status_of_head(bench, "PUT /v1/archive/logs/a", operator_token) == 403);
}

TEST_CASE("a large body needs a token, and none is as large as an upload") {
  const Bench bench;
  CHECK(status_of_head(bench, "POST /v1/pause", "", 100'000) == 413);
  CHECK(status_of_head(bench, "POST /v1/pause", "not-a-token-of-ours", 100'000) == 413);
  CHECK(status_of_head(bench, "POST /v1/pause", operator_token) == 413);
  const std::string reason(100'000, 'x');
  CHECK(bench.alice.post("/v1/pause", R"({"reason":")" + reason + R"("})").status != 413);
  CHECK(bench.anyone.post("/v1/pause").status == 401);
}
