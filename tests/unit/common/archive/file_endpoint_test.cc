// Uploads into a directory: what is refused, and what a crash or a full disk may leave behind.
#include "common/archive/file_endpoint.h"

#include "common/archive/file_archive.h"
#include "common/archive/put_grant.h"
#include "common/crypto/digest.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

namespace edgeherd::archive {
namespace {

const std::string secret(min_secret_bytes, 's');
constexpr std::string_view public_url = "http://127.0.0.1:1";

PutSpec spec_of(const std::string& key, const std::string& body) {
  PutSpec spec;
  spec.key = key;
  spec.object = {body.size(), crypto::to_hex(crypto::sha256(body)),
                 crypto::to_base64(crypto::md5(body))};
  return spec;
}

http::Request request_of(const Grant& grant, std::string body) {
  http::Request request;
  request.method = "PUT";
  REQUIRE(http::parse_target(grant.url.substr(public_url.size()), request).ok());
  request.headers = grant.headers;
  request.body = std::move(body);
  return request;
}

struct Coordinator {
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
  sim::SimRandom random{7};
  std::vector<Error> failures;
  std::shared_ptr<FileStore> store = open();

  std::shared_ptr<FileStore> open() {
    auto opened = FileStore::open("/archive", files, random);
    if (!opened) FAIL(opened.error().message);
    return *opened;
  }
  [[nodiscard]] WallTime now() const { return loop.clock().wall(); }
  http::Response put(const PutSpec& spec, const std::string& body) {
    return handle(request_of(sign_file_put(spec, public_url, secret, now()), body));
  }
  http::Response handle(const http::Request& request) {
    const FileArchiveEndpoint endpoint(store, secret,
                                       [this](const Error& error) { failures.push_back(error); });
    return endpoint.handle(request, now());
  }
  http::BodyRight judge(const http::Request& head) {
    return FileArchiveEndpoint(store, secret, {}).judge(head, now());
  }
  [[nodiscard]] Verdict verdict(const PutSpec& spec) const {
    const auto found = store->verify(spec.key, spec.object);
    if (!found) FAIL(found.error().message);
    return found->verdict;
  }
};

TEST_CASE("a granted body is stored, and the same again is there already") {
  Coordinator coordinator;
  const auto spec = spec_of("logs/a/1.log.gz", "body");
  CHECK(coordinator.put(spec, "body").status == 200);
  CHECK(coordinator.verdict(spec) == Verdict::stored);
  CHECK(coordinator.put(spec, "body").status == 412);
}

TEST_CASE("only PUT is spoken") {
  Coordinator coordinator;
  auto request =
      request_of(sign_file_put(spec_of("k", "x"), public_url, secret, coordinator.now()), "x");
  for (const char* method : {"GET", "POST", "DELETE", "HEAD"}) {
    request.method = method;
    const auto response = coordinator.handle(request);
    CHECK(response.status == 405);
    CHECK(http::header(response.headers, "Allow") == "PUT");
  }
}

TEST_CASE("a request that was not signed, or signed by another secret, is refused") {
  Coordinator coordinator;
  const auto spec = spec_of("k", "x");
  const auto others =
      sign_file_put(spec, public_url, std::string(min_secret_bytes, 't'), coordinator.now());
  CHECK(coordinator.handle(request_of(others, "x")).status == 403);
  http::Request bare;
  bare.method = "PUT";
  for (const char* path : {"/v1/archive/k", "/v1/archive/", "/v1/archive", "/", ""}) {
    bare.path = path;
    CHECK(coordinator.handle(bare).status == 403);
  }
  auto request = request_of(sign_file_put(spec, public_url, secret, coordinator.now()), "x");
  for (std::size_t i = 0; i < request.query.size(); ++i) {
    auto bent = request;
    bent.query.erase(bent.query.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(coordinator.handle(bent).status == 403);
    for (const char* value : {"", "0", "-1", "99999999999999999999", "allow", "forbid "}) {
      if (request.query[i].second == value) continue;
      bent = request;
      bent.query[i].second = value;
      CHECK(coordinator.handle(bent).status == 403);
    }
  }
  CHECK(coordinator.verdict(spec) == Verdict::missing);
  CHECK(coordinator.handle(request).status == 200);
}

TEST_CASE("a grant ends at its second, and one from a far future is none") {
  Coordinator coordinator;
  auto spec = spec_of("k", "x");
  spec.validity = 10s;
  const auto grant = sign_file_put(spec, public_url, secret, coordinator.now());
  coordinator.loop.run_for(10s);
  CHECK(coordinator.handle(request_of(grant, "x")).status == 403);
  const auto future =
      sign_file_put(spec, public_url, secret, coordinator.now() + max_grant_validity);
  CHECK(coordinator.handle(request_of(future, "x")).status == 403);
}

TEST_CASE("a grant of a second that no clock tells is refused, were it signed") {
  Coordinator coordinator;
  const auto spec = spec_of("k", "x");
  for (const auto& [expires, why] :
       {std::pair{"-9223372036854775808", "expired"}, std::pair{"0", "expired"},
        std::pair{"9223372036854775807", "far ahead"}}) {
    CAPTURE(expires);
    auto request = request_of(sign_file_put(spec, public_url, secret, coordinator.now()), "x");
    const std::string text = "edgeherd archive put v1\nk\n" + std::string(expires) +
                             "\nforbid\n1\n" + spec.object.sha256_hex + "\n" +
                             spec.object.md5_base64;
    for (auto& [name, value] : request.query) {
      if (name == "expires") value = expires;
      if (name == "signature") value = crypto::to_hex(crypto::hmac_sha256(secret, text));
    }
    const auto granted = check_file_put(request, secret, coordinator.now());
    REQUIRE_FALSE(granted.ok());
    CHECK(granted.error().message.find(why) != std::string::npos);
  }
}

TEST_CASE("keys that a signature should never have covered are refused all the same") {
  Coordinator coordinator;
  for (const char* key : {"../x", "a/../../x", ".incoming/x", "a//b", "/etc/x", "a/"}) {
    CAPTURE(key);
    CHECK(coordinator.put(spec_of(key, "x"), "x").status == 400);
  }
  CHECK(coordinator.store->list("")->empty());
}

TEST_CASE("a full disk is 507, keeps nothing, and is reported") {
  Coordinator coordinator;
  const std::string body(1000, 'x');
  const auto spec = spec_of("logs/a/1.log.gz", body);
  coordinator.files.set_capacity(500);
  CHECK(coordinator.put(spec, body).status == 507);
  CHECK(coordinator.failures.size() == 1);
  CHECK(coordinator.verdict(spec) == Verdict::missing);
  CHECK(coordinator.files.list("/archive/.incoming")->empty());
  coordinator.files.set_capacity(5000);
  CHECK(coordinator.put(spec, body).status == 200);
  CHECK(coordinator.verdict(spec) == Verdict::stored);
}

TEST_CASE("a disk that fails is 500, shows nothing, and its details stay here") {
  Coordinator coordinator;
  const auto spec = spec_of("logs/a/1.log.gz", "body");
  int* const faults[] = {&coordinator.files.faults().failing_appends,
                         &coordinator.files.faults().failing_syncs,
                         &coordinator.files.faults().failing_renames};
  for (int* const fault : faults) {
    *fault = 1;
    const auto response = coordinator.put(spec, "body");
    CHECK(response.status == 500);
    CHECK(response.body.find("/archive") == std::string::npos);
    CHECK(coordinator.verdict(spec) == Verdict::missing);
  }
  coordinator.files.faults().failing_directory_syncs = 1;
  CHECK(coordinator.put(spec, "body").status == 500);  // it may be there; the node verifies
  CHECK(coordinator.failures.size() == 4);
}

TEST_CASE("an upload in directories that a failed one made survives a crash") {
  const auto spec = spec_of("logs/local/lon1/n1/2026-11-23/0000000001.log.gz", "body");
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Coordinator coordinator;
    coordinator.files.faults().failing_syncs = 1;
    REQUIRE(coordinator.put(spec, "body").status == 500);
    REQUIRE(coordinator.put(spec, "body").status == 200);
    sim::SimRandom random(seed);
    coordinator.files.crash(random);
    CHECK(coordinator.verdict(spec) == Verdict::stored);
  }
}

struct Crash {};

TEST_CASE("a crash at any step leaves the whole object or none, and an answered one for certain") {
  const std::string body(3000, 'b');
  const auto spec = spec_of("logs/local/lon1/n1/2026-11-23/0000000001.log.gz", body);
  int steps = 0;
  for (int step = 0;; ++step) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Coordinator coordinator;
      int left = step;
      coordinator.files.on_operation([&left](const std::string&) {
        if (left-- == 0) throw Crash{};
      });
      bool answered = false;
      try {
        answered = coordinator.put(spec, body).status == 200;
      } catch (const Crash&) {
      }
      coordinator.files.on_operation({});
      sim::SimRandom random(seed);
      coordinator.files.crash(random);
      coordinator.store = coordinator.open();
      CAPTURE(step, seed);
      const auto verdict = coordinator.verdict(spec);
      CHECK(verdict != Verdict::different);
      if (answered) CHECK(verdict == Verdict::stored);
      CHECK(coordinator.files.list("/archive/.incoming")->empty());
      // And the node's next try ends well.
      const int again = coordinator.put(spec, body).status;
      CHECK((again == 200 || again == 412));
      CHECK(coordinator.verdict(spec) == Verdict::stored);
      if (answered && seed == 5) steps = step;
    }
    if (steps > 0) break;
    REQUIRE(step < 100);
  }
  CHECK(steps > 5);  // there were that many places to crash at
}

TEST_CASE("a directory that cannot be one is refused at once") {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  sim::SimRandom random(1);
  CHECK_FALSE(FileStore::open("relative", files, random).ok());
  CHECK_FALSE(FileStore::open("", files, random).ok());
  CHECK_FALSE(FileStore::open("/", files, random).ok());
  CHECK(FileStore::open("/dir//", files, random).ok());
}

TEST_CASE(
    "a directory that is away fails each use, calls nothing missing, and works once it is back") {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  sim::SimRandom random(1);
  REQUIRE((*files.open("/disk", OpenMode::create_new))->append("no directory").ok());
  const auto store = FileStore::open("/disk", files, random);
  REQUIRE(store.ok());
  const Expected expected{1, crypto::to_hex(crypto::sha256("x")), ""};
  CHECK_FALSE((*store)->put("a/b", "x", Overwrite::forbid).ok());
  CHECK_FALSE((*store)->verify("a/b", expected).ok());
  CHECK_FALSE((*store)->list("").ok());
  REQUIRE(files.remove("/disk").ok());
  CHECK((*store)->put("a/b", "x", Overwrite::forbid).ok());
  CHECK((*store)->read("a/b", 10).value() == "x");
}

TEST_CASE("a head with a grant may bring what was granted, any other one nothing at all") {
  Coordinator coordinator;
  const std::string body(5000, 'x');
  const PutSpec spec = spec_of("logs/a", body);
  http::Request head = request_of(sign_file_put(spec, public_url, secret, coordinator.now()), "");
  const auto right = coordinator.judge(head);
  REQUIRE(std::holds_alternative<std::size_t>(right));
  CHECK(std::get<std::size_t>(right) == 5000);
  http::Request other = head;
  other.path += "b";
  CHECK(std::get<http::Response>(coordinator.judge(other)).status == 403);
  other = head;
  other.method = "POST";
  CHECK(std::get<http::Response>(coordinator.judge(other)).status == 405);
  coordinator.loop.run_for(6min);
  CHECK(std::get<http::Response>(coordinator.judge(head)).status == 403);
}

}  // namespace
}  // namespace edgeherd::archive
