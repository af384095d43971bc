#include "coordinator/dns/rfc2136/message.h"

#include "coordinator/dns/rfc2136/update.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::dns;
using Catch::Matchers::Contains;

namespace {

const std::string lon = "lon1.edge.example.org";

DnsMessage answer(std::vector<Record> records) {
  DnsMessage message;
  message.id = 7;
  message.reply = message.authoritative = true;
  message.questions.push_back({lon, RecordType::a, RecordClass::in});
  message.answers = std::move(records);
  return message;
}

Record address(const std::string& name, const std::string& text) {
  return {name, RecordType::a, RecordClass::in, 30, *address_data(text)};
}

std::string header(int answers) {
  std::string bytes("\0\7\x84\0\0\0\0", 7);
  bytes += static_cast<char>(answers);
  return bytes + std::string(4, '\0');
}

}  // namespace

TEST_CASE("a message that was written is read back") {
  const auto bytes =
      encode(answer({address(lon, "192.0.2.1"), address("LON1.edge.example.org", "192.0.2.2")}));
  REQUIRE(bytes);
  const auto read = decode(*bytes);
  REQUIRE(read);
  CHECK(read->id == 7);
  CHECK(read->reply);
  CHECK(read->authoritative);
  CHECK(read->questions.front().name == lon);
  const auto names = names_of(*read, lon);
  REQUIRE(names);
  CHECK(names->addresses == std::set<std::string>{"192.0.2.1", "192.0.2.2"});
  CHECK(names->ttl == 30s);
}

TEST_CASE("every message that is cut short is refused, and bytes behind it too") {
  const auto bytes = encode(answer({address(lon, "192.0.2.1")}));
  REQUIRE(bytes);
  for (std::size_t size = 0; size < bytes->size(); ++size) {
    INFO(size);
    const auto read = decode(bytes->substr(0, size));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::broken);
  }
  CHECK_FALSE(decode(*bytes + "x"));
}

TEST_CASE("a name may point back, never forward or to itself") {
  const std::string tail("\0\1\0\1\0\0\0\x1e\0\4\xc0\0\2\1", 14);
  const std::string plain = name_bytes("a.b");
  const auto good = decode(header(2) + plain + tail + "\xc0\x0c" + tail);
  REQUIRE(good);
  CHECK(good->answers[1].name == "a.b");
  CHECK_THAT(decode(header(1) + std::string("\xc0\x0c", 2) + tail).error().message,
             Contains("forward"));
  CHECK_THAT(decode(header(1) + std::string("\xc0\x40", 2) + tail).error().message,
             Contains("forward"));
  CHECK_FALSE(decode(header(1) + std::string("\x41") + std::string(65, 'a') + tail));
}

TEST_CASE("bytes that no host name has are told apart from every name of ours") {
  const std::string tail("\0\1\0\1\0\0\0\x1e\0\4\xc0\0\2\1", 14);
  const auto read = decode(header(1) + std::string("\4a.\0b\0", 6) + tail);
  REQUIRE(read);
  CHECK(read->answers.front().name == "a\\046\\000b");
  CHECK_FALSE(encode(*read));
}

TEST_CASE("a name that cannot be written is refused, with what is wrong") {
  CHECK(check_name("*.edge_1.example.org"));
  CHECK_THAT(check_name("").error().message, Contains("empty label"));
  CHECK_THAT(check_name("a..b").error().message, Contains("empty label"));
  CHECK_THAT(check_name("a b").error().message, Contains("host names"));
  CHECK_THAT(check_name(std::string(64, 'a')).error().message, Contains("63"));
  CHECK_THAT(check_name(std::string(254, 'a')).error().message, Contains("253"));
}

TEST_CASE("an answer that proves nothing is not taken for an empty name") {
  auto message = answer({});
  CHECK(names_of(message, lon)->addresses.empty());
  message.rcode = Rcode::no_such_name;
  CHECK(names_of(message, lon)->addresses.empty());
  message.authoritative = false;
  CHECK(names_of(message, lon).error().code == Errc::refused);
  message.authoritative = true;
  message.truncated = true;
  CHECK(names_of(message, lon).error().code == Errc::broken);
  message.truncated = false;
  for (const auto& [rcode, code] :
       {std::pair(Rcode::server_failure, Errc::unavailable),
        std::pair(Rcode::refused, Errc::refused), std::pair(Rcode::form_error, Errc::broken),
        std::pair(static_cast<Rcode>(15), Errc::broken)}) {
    message.rcode = rcode;
    INFO(to_string(rcode));
    CHECK(names_of(message, lon).error().code == code);
  }
}

TEST_CASE("a zone that is a part of another is not there, and nothing is believed of a cache") {
  const Record soa{"edge.example.org", RecordType::soa, RecordClass::in, 60, "x"};
  auto message = answer({soa});
  CHECK(has_zone(message, "edge.example.org"));
  CHECK(has_zone(message, "Edge.example.org"));
  message.authoritative = false;
  CHECK(has_zone(message, "edge.example.org").error().code == Errc::refused);
  auto above = answer({});
  above.authority = {soa};
  CHECK(has_zone(above, "lon1.edge.example.org").error().message ==
        "it has no zone lon1.edge.example.org: that is a part of its zone edge.example.org");
  above.rcode = Rcode::no_such_name;
  CHECK_THAT(has_zone(above, "lon1.edge.example.org").error().message, Contains("a part of"));
  above.authority.clear();
  CHECK(has_zone(above, "lon1.edge.example.org").error().message ==
        "it has no zone lon1.edge.example.org");
  above.rcode = Rcode::server_failure;
  CHECK(has_zone(above, "lon1.edge.example.org").error().code == Errc::unavailable);
}

TEST_CASE("an update states what it found, replaces the set, and touches no other type") {
  const auto update = update_of(
      "edge.example.org", {{{lon, {"192.0.2.1"}, 30s}, {lon, {"192.0.2.2"}, 45s}},
                           {{"b.edge.example.org", {}, {}}, {"b.edge.example.org", {}, 30s}}});
  REQUIRE(update);
  CHECK(update->opcode == Opcode::update);
  CHECK(update->questions.front().type == RecordType::soa);
  REQUIRE(update->answers.size() == 2);
  CHECK(update->answers[0].data == *address_data("192.0.2.1"));
  CHECK(update->answers[1].klass == RecordClass::none);
  REQUIRE(update->authority.size() == 3);
  CHECK(update->authority[0].klass == RecordClass::any);
  CHECK(update->authority[0].data.empty());
  CHECK(update->authority[1].ttl_s == 45);
  for (const Record& record : update->authority) CHECK(record.type == RecordType::a);
  CHECK_FALSE(update_of("edge.example.org", {{{lon, {}, {}}, {lon, {"::1"}, 30s}}}));
}
