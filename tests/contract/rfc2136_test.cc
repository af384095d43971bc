// What DNS `rfc2136` does beyond the suite, against BIND, Knot and PowerDNS.
#include <array>
#include <cstdio>
#include <fstream>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "coordinator/dns/rfc2136/tsig.h"
#include "coordinator/dns/rfc2136/update.h"
#include "tests/contract/dns_worlds.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using test::await;

namespace {

#define NAME_SERVERS test::BindWorld, test::KnotWorld, test::PowerDnsWorld

using Sets = std::vector<NameSet>;

Status write(test::RealLoop& world, DnsProvider& dns, Sets wanted) {
  return await<Status>(world, [&](auto done) { dns.write(std::move(wanted), done); });
}

Result<Sets> read(test::RealLoop& world, DnsProvider& dns, std::vector<NameKey> names) {
  return await<Result<Sets>>(world, [&](auto done) { dns.read(std::move(names), done); });
}

std::set<std::string> addresses(test::RealLoop& world, DnsProvider& dns, const std::string& name) {
  auto found = read(world, dns, {name});
  REQUIRE(found);
  return found->front().addresses;
}

std::string dig(std::uint16_t port, const std::string& question) {
  const std::string command =
      "dig +short +tcp -p " + std::to_string(port) + " @127.0.0.1 " + question;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  ::pclose(pipe);
  return text;
}

void save(const std::string& file, const std::string& text) {
  std::ofstream(file) << text;
}

const std::string lon = "lon1.edge.example.org";
const std::string foreign = "foreign.edge.example.org";

// A name server that answers whatever it is asked with the same bytes, or not at all.
class FixedServer {
 public:
  FixedServer(test::RealLoop& world, std::string answer)
      : acceptor_(world.asio().io(), {boost::asio::ip::address_v4::loopback(), 0}),
        socket_(world.asio().io()),
        answer_(std::move(answer)) {
    acceptor_.async_accept(socket_, [this](const auto& error) {
      if (error || answer_.empty()) return;
      boost::asio::async_write(socket_, boost::asio::buffer(answer_), [](const auto&, auto) {});
    });
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::socket socket_;
  std::string answer_;
};

}  // namespace

TEMPLATE_TEST_CASE("what somebody else changed since it was read is not overwritten", "[rfc2136]",
                   NAME_SERVERS) {
  TestType world;
  auto other = world.make(world.options());
  REQUIRE(write(world, world.dns(), {{lon, {"127.64.0.1"}, 30s}}));
  REQUIRE(write(world, *other, {{lon, {"127.64.0.1", "192.0.2.9"}, 30s}}));

  const Status late = write(world, world.dns(), {{lon, {"127.64.0.2"}, 30s}});
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::conflict);
  CHECK(addresses(world, world.dns(), lon) == std::set<std::string>{"127.64.0.1", "192.0.2.9"});
  // Now that it was read, it may be changed.
  CHECK(write(world, world.dns(), {{lon, {"127.64.0.2", "192.0.2.9"}, 30s}}));
  CHECK(addresses(world, *other, lon) == std::set<std::string>{"127.64.0.2", "192.0.2.9"});
}

TEMPLATE_TEST_CASE("a zone that the server has not is told at the first reading", "[rfc2136]",
                   NAME_SERVERS) {
  TestType world;
  dns::Rfc2136Options options = world.options();
  options.zone = "part.edge.example.org";
  auto other = world.make(options);
  const auto found = read(world, *other, {NameKey("lon1.part.edge.example.org")});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::refused);
  CHECK_THAT(found.error().message, Contains("it has no zone part.edge.example.org: that is a part "
                                             "of its zone edge.example.org"));
}

TEMPLATE_TEST_CASE("names change together or not at all", "[rfc2136]", NAME_SERVERS) {
  TestType world;
  const std::string ams = "ams1.edge.example.org";
  REQUIRE(read(world, world.dns(), {lon, ams}));
  auto other = world.make(world.options());
  REQUIRE(write(world, *other, {{ams, {"192.0.2.9"}, 30s}}));
  CHECK_FALSE(write(world, world.dns(), {{lon, {"127.64.0.1"}, 30s}, {ams, {"127.64.0.2"}, 30s}}));
  CHECK(addresses(world, world.dns(), lon).empty());
}

TEMPLATE_TEST_CASE("records of other types and of other names stay", "[rfc2136]", NAME_SERVERS) {
  TestType world;
  const std::uint16_t port = world.options().server.port;
  REQUIRE(write(world, world.dns(), {{foreign, {"127.64.0.5"}, 30s}, {lon, {"127.64.0.1"}, 30s}}));
  CHECK(dig(port, foreign + " TXT") == "\"not ours\"\n");
  CHECK(dig(port, foreign + " A") == "127.64.0.5\n");
  REQUIRE(write(world, world.dns(), {{foreign, {}, 30s}}));
  CHECK(dig(port, foreign + " TXT") == "\"not ours\"\n");
  CHECK(dig(port, foreign + " A").empty());
  CHECK(dig(port, "ns1.edge.example.org A") == "127.0.0.1\n");
  CHECK(write(world, world.dns(), {{foreign, {"192.0.2.77"}, 60s}}));
}

TEMPLATE_TEST_CASE("an alias is neither read as empty nor written over", "[rfc2136]",
                   NAME_SERVERS) {
  TestType world;
  const std::string alias = "alias.edge.example.org";
  const auto found = read(world, world.dns(), {alias});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::conflict);
  CHECK_THAT(found.error().message, Contains(alias) && Contains("CNAME"));
  CHECK_FALSE(write(world, world.dns(), {{alias, {"127.64.0.1"}, 30s}}));
  CHECK(dig(world.options().server.port, alias + " CNAME") == "ns1.edge.example.org.\n");
}

TEMPLATE_TEST_CASE("an alias keeps no other name from being read and written", "[rfc2136]",
                   NAME_SERVERS) {
  TestType world;
  const std::string alias = "alias.edge.example.org";
  const std::string name = "beside.edge.example.org";
  REQUIRE(write(world, world.dns(), {{name, {"127.64.0.1"}, 30s}}));
  const auto found = read(world, world.dns(), {alias, name});
  REQUIRE(found);
  REQUIRE(found->front().unread);
  CHECK_THAT(found->front().unread->message, Contains(alias) && Contains("CNAME"));
  CHECK_FALSE(found->back().unread);
  CHECK(found->back().addresses == std::set<std::string>{"127.64.0.1"});
}

TEMPLATE_TEST_CASE("a name that only a wildcard answers for is not there, and can be made",
                   "[rfc2136]", NAME_SERVERS) {
  TestType world;
  const std::string name = GENERATE("lon1.wild.edge.example.org", "a.b.wild.edge.example.org",
                                    "lon1.aka.edge.example.org");
  const std::uint16_t port = world.options().server.port;
  REQUIRE_FALSE(dig(port, name + " A").empty());
  CHECK(addresses(world, world.dns(), name).empty());
  REQUIRE(write(world, world.dns(), {{name, {"127.64.0.1"}, 30s}}));
  CHECK(dig(port, name + " A") == "127.64.0.1\n");
  CHECK(addresses(world, world.dns(), name) == std::set<std::string>{"127.64.0.1"});
  CHECK(dig(port, "other.wild.edge.example.org A") == "192.0.2.50\n");

  auto other = world.make(world.options());  // which has seen nothing yet
  REQUIRE(write(world, *other, {{name, {}, 30s}}));
  CHECK(addresses(world, world.dns(), name).empty());
}

TEMPLATE_TEST_CASE("a name with the very addresses of a wildcard above it is there all the same",
                   "[rfc2136]", NAME_SERVERS) {
  TestType world;
  const std::string name = "ams1.wild.edge.example.org";
  const std::set<std::string> same{"192.0.2.50"};
  REQUIRE(write(world, world.dns(), {{name, same, 60s}}));
  CHECK(addresses(world, world.dns(), name) == same);
  REQUIRE(write(world, world.dns(), {{name, {}, 60s}}));
  CHECK(addresses(world, world.dns(), name).empty());
  // The wildcard may be meant itself.
  CHECK(addresses(world, world.dns(), "*.wild.edge.example.org") == same);
}

TEMPLATE_TEST_CASE("a changed time to live is written", "[rfc2136]", NAME_SERVERS) {
  TestType world;
  REQUIRE(write(world, world.dns(), {{lon, {"127.64.0.1"}, 30s}}));
  REQUIRE(write(world, world.dns(), {{lon, {"127.64.0.1"}, 45s}}));
  auto found = read(world, world.dns(), {lon});
  REQUIRE(found);
  CHECK(found->front().ttl == 45s);
}

TEMPLATE_TEST_CASE("more than fits into a message is written and read back", "[rfc2136]",
                   NAME_SERVERS) {
  TestType world;
  Sets wanted;
  std::vector<NameKey> names;
  for (int zone = 0; zone < 250; ++zone) {
    NameSet set{"z" + std::to_string(zone) + ".edge.example.org", {}, 30s};
    for (int n = 1; n <= 10; ++n) {
      set.addresses.insert("127.65." + std::to_string(zone) + "." + std::to_string(n));
    }
    names.push_back(set.name);
    wanted.push_back(std::move(set));
  }
  REQUIRE(write(world, world.dns(), wanted));
  auto other = world.make(world.options());
  auto found = read(world, *other, names);
  REQUIRE(found);
  REQUIRE(found->size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK((*found)[i].name == wanted[i].name);
    CHECK((*found)[i].addresses == wanted[i].addresses);
  }
  for (NameSet& set : wanted) set.addresses.clear();
  CHECK(write(world, world.dns(), wanted));
}

TEMPLATE_TEST_CASE("a key that the server does not take is refused by name, and changes nothing",
                   "[rfc2136]", NAME_SERVERS) {
  TestType world;
  test::TempDirectory dir;
  auto options = world.options();
  options.key_file = dir.file("key");
  const std::string name = GENERATE("edgeherd", "stranger");
  save(options.key_file,
       "key \"" + name + "\" { algorithm hmac-sha256; secret \"bm90IHRoZSBzZWNyZXQ=\"; };");
  auto dns = world.make(options);
  const Status done = write(world, *dns, {{lon, {"127.64.0.66"}, 30s}});
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Errc::refused);
  CHECK_THAT(done.error().message, Contains("\"" + name + "\"") && Contains("127.0.0.1:"));
  CHECK(addresses(world, world.dns(), lon).empty());
}

TEMPLATE_TEST_CASE("a zone that the server does not have is refused", "[rfc2136]", NAME_SERVERS) {
  TestType world;
  auto options = world.options();
  options.zone = "elsewhere.example.net";
  auto dns = world.make(options);
  const auto found = read(world, *dns, {NameKey("lon1.elsewhere.example.net")});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::refused);
}

TEMPLATE_TEST_CASE("a signature of another hour is refused with both times", "[rfc2136]",
                   test::BindWorld, test::KnotWorld) {
  TestType world;
  std::ifstream file(world.options().key_file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto key = dns::parse_key_file("key", text);
  REQUIRE(key);
  const WallTime then = world.loop().clock().wall() - 1h;
  const auto bytes = dns::encode(dns::query_of(lon));
  REQUIRE(bytes);
  const auto made = dns::sign(*bytes, *key, then);
  const auto answers = await<Result<std::vector<std::string>>>(world, [&](auto done) {
    dns::Conversation::start(world.asio(), world.options().server, {made.bytes}, 5s, done);
  });
  REQUIRE(answers);
  const auto message = dns::decode(answers->front());
  REQUIRE(message);
  const Status good = dns::verify(answers->front(), *message, *key, made.mac, then);
  REQUIRE_FALSE(good);
  CHECK(good.error().code == Errc::refused);
  CHECK_THAT(good.error().message, Contains("BADTIME") && Contains("ours said"));
}

TEST_CASE("a name that is none, or of another zone, is not asked for", "[rfc2136]") {
  test::BindWorld world;
  for (const std::string name : {"lon1.example.net", "xedge.example.org", "a b.edge.example.org",
                                 "..edge.example.org", ""}) {
    INFO(name);
    const auto found = read(world, world.dns(), {name});
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::invalid);
  }
  const Status done = write(world, world.dns(), {{lon, {"127.64.0.256"}, 30s}});
  REQUIRE_FALSE(done);
  CHECK_THAT(done.error().message, Contains(lon) && Contains("127.64.0.256"));
}

TEST_CASE("a server that is away, is silent or answers nonsense is named", "[rfc2136]") {
  test::BindWorld world;
  auto options = world.options();
  options.timeout = 300ms;
  const auto ask = [&] {
    auto dns = world.make(options);
    auto found = read(world, *dns, {lon});
    REQUIRE_FALSE(found);
    CHECK_THAT(found.error().message, Contains("127.0.0.1:" + std::to_string(options.server.port)));
    return found.error();
  };
  SECTION("away") {
    options.server.port = FixedServer(world, "").port();  // closed again
    CHECK(ask().code == Errc::unavailable);
  }
  SECTION("silent") {
    const FixedServer server(world, "");
    options.server.port = server.port();
    CHECK(ask().code == Errc::timeout);
  }
  SECTION("an answer to another question") {
    const FixedServer server(world, std::string("\0\x0c"
                                                "no",
                                                4) +
                                        "t an answer");
    options.server.port = server.port();
    // One id in 65,536 is the one that was sent; then it is no message.
    CHECK(ask().code == Errc::broken);
  }
  SECTION("an answer of no bytes") {
    const FixedServer server(world, std::string("\0\0", 2));
    options.server.port = server.port();
    CHECK(ask().code == Errc::broken);
  }
}

TEST_CASE("a key file that cannot be read, or is wrong, is named with its line", "[rfc2136]") {
  test::BindWorld world;
  test::TempDirectory dir;
  auto options = world.options();
  options.key_file = dir.file("key");
  auto dns = world.make(options);
  auto found = read(world, *dns, {lon});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::not_found);
  CHECK_THAT(found.error().message, Contains(options.key_file));

  save(options.key_file, "key \"edgeherd\" {\n  algorithm hmac-md5;\n};\n");
  found = read(world, *dns, {lon});
  REQUIRE_FALSE(found);
  CHECK_THAT(found.error().message, Contains(options.key_file + ":2") && Contains("hmac-md5"));

  // A good one is used from the next call on.
  std::filesystem::copy_file(world.options().key_file, options.key_file,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(read(world, *dns, {lon}));
}

TEST_CASE("nothing is answered once the provider is gone", "[rfc2136]") {
  test::BindWorld world;
  int answered = 0;
  {
    auto dns = world.make(world.options());
    dns->read({lon}, [&](const auto&) { ++answered; });
    dns->write({{lon, {"127.64.0.1"}, 30s}}, [&](const auto&) { ++answered; });
    if (GENERATE(true, false)) world.run_for(1ms);
  }
  world.run_for(200ms);
  CHECK(answered <= 2);
  const int before = answered;
  world.run_for(100ms);
  CHECK(answered == before);
}
