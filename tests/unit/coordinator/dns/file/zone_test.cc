#include "coordinator/dns/file/zone.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::dns;
using act::NameSet;

namespace {

// A zone as people write them: relative names, parentheses, quotes, inherited owners, odd blanks.
const std::string people = R"($ORIGIN example.org.
$TTL 1h ; one hour
@   IN SOA ns1 hostmaster ( 2026112301 ; serial; (not a bracket)
      1d 2h
      4w 1h )
    IN NS ns1
    NS ns2.example.net.
ns1 A 192.0.2.1
www 300 IN A 192.0.2.10
    IN 60 A 192.0.2.11
    TXT "a ; in quotes \" and a ) too" ; a comment
Mail.Example.ORG. CH A 192.0.2.25
$ORIGIN edge.example.org.
old A 192.0.2.99
)";

Zone parse(const std::string& text) {
  auto zone = parse_zone("the.zone", text, "example.org");
  if (!zone) FAIL(zone.error().message);
  return *zone;
}

Error parse_error(const std::string& text) {
  const auto zone = parse_zone("the.zone", text, "example.org");
  REQUIRE_FALSE(zone);
  INFO(zone.error().message);
  CHECK(zone.error().code == Errc::invalid);
  CHECK(zone.error().message.find("the.zone") == 0);
  return zone.error();
}

std::string change(const std::string& text, const std::vector<NameSet>& wanted) {
  const auto changed = change_names(parse(text), wanted);
  if (!changed) FAIL(changed.error().message);
  return *changed;
}

Error change_error(const std::string& text, const std::vector<NameSet>& wanted) {
  const auto changed = change_names(parse(text), wanted);
  REQUIRE_FALSE(changed);
  CHECK(changed.error().message.find("the.zone") == 0);
  return changed.error();
}

NameSet lon(std::set<std::string> addresses, Duration ttl = 30s) {
  return {"lon1.edge.example.org", std::move(addresses), ttl};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a zone as people write it is understood") {
  const Zone zone = parse(people);
  CHECK(zone.serial == 2026112301);
  REQUIRE(zone.records.size() == 9);
  CHECK(zone.records[2].owner == "example.org");
  CHECK(zone.records[2].type == "NS");
  CHECK(zone.records[3].owner == "ns1.example.org");
  CHECK(zone.records[3].ttl_seconds == 3600);
  CHECK(zone.records[4].ttl_seconds == 300);
  CHECK(zone.records[5].owner == "www.example.org");
  CHECK(zone.records[5].ttl_seconds == 60);
  CHECK(zone.records[6].data == "a ; in quotes \\\" and a ) too");
  CHECK(zone.records[7].owner == "mail.example.org");
  CHECK(zone.records[8].owner == "old.edge.example.org");
  CHECK(zone.records[8].line == 14);
}

TEST_CASE("our names are added at the end, the serial grows, and nothing else changes") {
  const std::string changed = change(people, {lon({"127.64.0.2", "127.64.0.1"})});
  CHECK(changed == replaced(people, "2026112301", "2026112302") +
                       "lon1.edge.example.org. 30 IN A 127.64.0.1 ; edgeherd\n"
                       "lon1.edge.example.org. 30 IN A 127.64.0.2 ; edgeherd\n");
}

TEST_CASE("taking our names out again gives the old file back, but for the serial") {
  const std::string with = change(people, {lon({"127.64.0.1"})});
  CHECK(change(with, {lon({})}) == replaced(people, "2026112301", "2026112303"));
}

TEST_CASE("without a change the file stays as it is, serial and all") {
  const std::string with = change(people, {lon({"127.64.0.1", "127.64.0.2"})});
  CHECK(change(with, {lon({"127.64.0.2", "127.64.0.1"})}) == with);
  CHECK(change(people, {lon({})}) == people);
  CHECK(change(with, {lon({"127.64.0.1", "127.64.0.2"}, 60s)}) != with);
}

TEST_CASE("a file without a last line break is continued on a line of its own") {
  std::string text = people;
  text.pop_back();
  CHECK(change(text, {lon({"127.64.0.1"})}).find("192.0.2.99\nlon1.edge") != std::string::npos);
}

TEST_CASE("names are the same in any case and with a trailing dot") {
  const std::string with = change(people, {{"LON1.Edge.Example.Org.", {"127.64.0.1"}, 30s}});
  const auto found = read_names(parse(with), {"Lon1.edge.example.org"});
  REQUIRE(found);
  CHECK((*found)[0].addresses == std::set<std::string>{"127.64.0.1"});
  CHECK((*found)[0].name == "Lon1.edge.example.org");
}

TEST_CASE("foreign addresses of a name are read, but never overwritten") {
  const auto found = read_names(parse(people), {"www.example.org"});
  REQUIRE(found);
  CHECK((*found)[0].addresses == std::set<std::string>{"192.0.2.10", "192.0.2.11"});
  const Error error = change_error(people, {{"www.example.org", {"127.64.0.1"}, 30s}});
  CHECK(error.code == Errc::conflict);
  CHECK(error.message.find("the.zone:9:") == 0);
  const Error alias = change_error(people + "lon1 CNAME old\n", {lon({"127.64.0.1"})});
  CHECK(alias.code == Errc::conflict);
}

TEST_CASE("a foreign record that hangs on one of ours stops the change") {
  const std::string with = change(people, {lon({"127.64.0.1"})}) + "  TXT \"mine\"\n";
  const Error error = change_error(with, {lon({})});
  CHECK(error.code == Errc::conflict);
  CHECK(error.message.find("the.zone:16:") == 0);
}

TEST_CASE("what cannot be a name, an address or a TTL is refused") {
  CHECK(change_error(people, {{"lon1.example.net", {"127.64.0.1"}, 30s}}).code == Errc::invalid);
  CHECK(change_error(people, {{"evilexample.org", {"127.64.0.1"}, 30s}}).code == Errc::invalid);
  CHECK(change_error(people, {{"a b.example.org", {"127.64.0.1"}, 30s}}).code == Errc::invalid);
  CHECK(change_error(people, {{"x\ny.example.org", {"127.64.0.1"}, 30s}}).code == Errc::invalid);
  CHECK(change_error(people, {{"", {"127.64.0.1"}, 30s}}).code == Errc::invalid);
  CHECK(change_error(people, {{"..example.org", {}, 30s}}).code == Errc::invalid);
  CHECK(change_error(people, {lon({"127.64.0"})}).code == Errc::invalid);
  CHECK(change_error(people, {lon({"::1"})}).code == Errc::invalid);
  CHECK(change_error(people, {lon({"127.64.0.1"}, -1s)}).code == Errc::invalid);
  CHECK(change_error(people, {lon({}), lon({})}).code == Errc::invalid);
}

TEST_CASE("a file that cannot be understood is named with its line") {
  const auto says = [](const std::string& text, const std::string& part) {
    const std::string message = parse_error(text).message;
    INFO(message);
    CHECK(message.find(part) != std::string::npos);
  };
  says("", "no SOA");
  says("www A 192.0.2.1\n", "no SOA");
  says(people + "@ SOA a b 1 2 3 4 5\n", ":15: ");
  says("@ SOA a b 1 2 3\n", ":1: an SOA has seven fields");
  says("@ SOA a b x 2 3 4 5\n", "no serial number");
  says("other.net. SOA a b 1 2 3 4 5\n", "'other.net', not 'example.org'");
  says("\n\n@ SOA ( a b\n", ":3: '(' without ')'");
  says("@ SOA ) a b\n", "')' without '('");
  says(people + "t TXT \"open\n", ":15: a text in quotes");
  says(people + "a A 1.2.3\n", ":15: '1.2.3' is no IPv4 address");
  says(people + "a A\n", ":15: a record needs");
  says(people + "$INCLUDE more.zone\n", ":15: '$INCLUDE' is not supported");
  says(people + "$GENERATE 1-9 a$ A 192.0.2.$\n", ":15: '$GENERATE' is not supported");
  says(people + "$TTL soon\n", "no TTL");
  says("  A 192.0.2.1\n", "must have a name");
}

TEST_CASE("serial numbers go on after the largest") {
  CHECK(next_serial(1) == 2);
  CHECK(next_serial(0xfffffffeU) == 0xffffffffU);
  CHECK(next_serial(0xffffffffU) == 1);
}

TEST_CASE("a new zone can be read") {
  const auto zone =
      parse_zone("new.zone", new_zone({"Edge.example.org", "localhost", "me@example.org"}),
                 "edge.example.org");
  REQUIRE(zone);
  CHECK(zone->serial == 1);
  CHECK(zone->records.size() == 2);
}
