#include "coordinator/dns/route53/record_sets.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::dns;
using Catch::Matchers::Contains;

namespace {

std::string set_of(const std::string& name, const std::string& type, const std::string& inside) {
  return "<ResourceRecordSet><Name>" + name + "</Name><Type>" + type + "</Type>" + inside +
         "</ResourceRecordSet>";
}

std::string page_of(const std::string& sets, const std::string& rest = "") {
  return "<ListResourceRecordSetsResponse><ResourceRecordSets>" + sets + "</ResourceRecordSets>" +
         (rest.empty() ? "<IsTruncated>false</IsTruncated>" : rest) +
         "</ListResourceRecordSetsResponse>";
}

const std::string two_addresses =
    "<TTL>30</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord>"
    "<ResourceRecord><Value>192.0.2.2</Value></ResourceRecord></ResourceRecords>";

}  // namespace

TEST_CASE("plain addresses are read, under the name as it is written here") {
  const auto page = parse_record_page(page_of(set_of("Lon1.Example.ORG.", "A", two_addresses)));
  REQUIRE(page);
  CHECK(page->next.empty());
  REQUIRE(page->sets.size() == 1);
  CHECK(page->sets[0].kind == SetKind::addresses);
  CHECK(page->sets[0].addresses.name == "lon1.example.org");
  CHECK(page->sets[0].addresses.ttl == 30s);
  CHECK(page->sets[0].addresses.addresses == std::set<std::string>{"192.0.2.1", "192.0.2.2"});
}

TEST_CASE("what addresses cannot stand beside is in the way, other types are not") {
  const std::pair<std::string, SetKind> kinds[] = {
      {set_of("a.", "CNAME", "<TTL>1</TTL>"), SetKind::in_the_way},
      {set_of("a.", "A", "<AliasTarget><DNSName>b.</DNSName></AliasTarget>"), SetKind::in_the_way},
      {set_of("a.", "A", "<SetIdentifier>x</SetIdentifier><Weight>1</Weight>" + two_addresses),
       SetKind::in_the_way},
      {set_of("a.", "TXT", "<TTL>1</TTL>"), SetKind::other},
      {set_of("a.", "AAAA", "<TTL>1</TTL>"), SetKind::other}};
  for (const auto& [set, kind] : kinds) {
    INFO(set);
    const auto page = parse_record_page(page_of(set));
    REQUIRE(page);
    CHECK(page->sets[0].kind == kind);
  }
}

TEST_CASE("a page says where the next one begins") {
  const auto page = parse_record_page(
      page_of("",
              "<IsTruncated>true</IsTruncated><NextRecordName>m.</NextRecordName>"
              "<NextRecordType>A</NextRecordType><NextRecordIdentifier>i</NextRecordIdentifier>"));
  REQUIRE(page);
  CHECK(page->next == aws::sigv4::Pairs{{"name", "m."}, {"type", "A"}, {"identifier", "i"}});
}

TEST_CASE("a page that is not whole, or does not say whether it is the last, is broken") {
  const std::string whole = page_of(set_of("a.", "A", two_addresses));
  for (const std::string& wrong :
       {std::string(), whole.substr(0, whole.size() / 2), std::string("<html/>"),
        std::string("<ListResourceRecordSetsResponse/>"), page_of("", "<More/>"),
        page_of("", "<IsTruncated>true</IsTruncated>"),
        page_of("<ResourceRecordSet><Type>A</Type></ResourceRecordSet>"),
        page_of(set_of("a.", "A", "<ResourceRecords/>"))}) {
    INFO(wrong);
    const auto page = parse_record_page(wrong);
    REQUIRE_FALSE(page);
    CHECK(page.error().code == Errc::broken);
  }
}

TEST_CASE("a batch deletes what was read and creates what is wanted, in this order") {
  const auto batch =
      change_batch({{{"a.example.org", {"192.0.2.1"}, 30s}, {"a.example.org", {"192.0.2.2"}, 60s}},
                    {{"b.example.org", {}, {}}, {"b.example.org", {"192.0.2.3"}, 30s}},
                    {{"c.example.org", {"192.0.2.4"}, 30s}, {"c.example.org", {}, 30s}}});
  REQUIRE(batch);
  const auto change = [](const std::string& action, const std::string& name, const std::string& ttl,
                         const std::string& address) {
    return "<Change><Action>" + action + "</Action><ResourceRecordSet><Name>" + name +
           ".</Name><Type>A</Type><TTL>" + ttl + "</TTL><ResourceRecords><ResourceRecord><Value>" +
           address + "</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>";
  };
  CHECK_THAT(*batch, Contains("<Changes>" + change("DELETE", "a.example.org", "30", "192.0.2.1") +
                              change("CREATE", "a.example.org", "60", "192.0.2.2") +
                              change("CREATE", "b.example.org", "30", "192.0.2.3") +
                              change("DELETE", "c.example.org", "30", "192.0.2.4") + "</Changes>"));
  CHECK(change_batch({{{"a", {}, {}}, {"a", {"::1"}, 30s}}}).error().code == Errc::invalid);
}

TEST_CASE("Route 53's errors are sorted by what may be done about them") {
  const auto error = [](int status, const std::string& code) {
    return parse_route53_error(status, "<ErrorResponse><Error><Code>" + code +
                                           "</Code><Message>because</Message></Error>"
                                           "</ErrorResponse>");
  };
  CHECK(error(400, "Throttling").code == Errc::throttled);
  CHECK(error(400, "PriorRequestNotComplete").code == Errc::throttled);
  CHECK(error(400, "InvalidChangeBatch").code == Errc::conflict);
  CHECK(error(404, "NoSuchHostedZone").code == Errc::not_found);
  CHECK(error(403, "AccessDenied").code == Errc::refused);
  CHECK(error(400, "InvalidInput").code == Errc::invalid);
  CHECK(error(500, "InternalFailure").code == Errc::unavailable);
  CHECK(error(400, "InvalidInput").message == "Route 53 answered 400 InvalidInput: because");
  CHECK(parse_route53_error(404, "<html/>").code == Errc::broken);
  CHECK(parse_route53_error(503, "").code == Errc::unavailable);
  CHECK(parse_route53_error(400,
                            "<InvalidChangeBatch><Messages><Message>no</Message></Messages>"
                            "</InvalidChangeBatch>")
            .code == Errc::conflict);
}
