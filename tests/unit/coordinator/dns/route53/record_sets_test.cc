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
      {set_of("a.", "A",
              "<SetIdentifier>x</SetIdentifier><Weight>1</Weight><HealthCheckId>h</HealthCheckId>" +
                  two_addresses),
       SetKind::in_the_way},
      {set_of("a.", "A", "<SetIdentifier>x</SetIdentifier><Weight>300</Weight>" + two_addresses),
       SetKind::in_the_way},
      {set_of("a.", "A",
              "<SetIdentifier>x</SetIdentifier><Failover>PRIMARY</Failover>" + two_addresses),
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

namespace {

// The one set of a page, routed as `inside` says.
RecordSet part(const std::string& inside) {
  const auto page = parse_record_page(
      page_of(set_of("all.example.org.", "A", "<SetIdentifier>s</SetIdentifier>" + inside)));
  REQUIRE(page);
  REQUIRE(page->sets.size() == 1);
  return page->sets[0];
}
// As it stands in a batch that deletes nothing.
std::string created(const model::Route& route) {
  const auto batch = change_batch(
      {{{"all.example.org", {}, {}, "s"}, {"all.example.org", {"192.0.2.1"}, 30s, "s", route}}});
  REQUIRE(batch);
  return *batch;
}

}  // namespace

TEST_CASE("a part is read as it was written, whichever way it is routed") {
  model::Route weighted;
  weighted.weight = 7;
  model::Route latency;
  latency.by = model::RouteBy::latency;
  latency.aws_region = "eu-west-2";
  model::Route place;
  place.by = model::RouteBy::geoproximity;
  place.latitude_hundredths = 5150;
  place.longitude_hundredths = -45;
  place.bias = -3;
  model::Route region = place;
  region.latitude_hundredths = 0;
  region.longitude_hundredths = 0;
  region.aws_region = "eu-west-2";
  for (const model::Route& route : {weighted, latency, place, region}) {
    std::string written = created(route);
    INFO(written);
    const auto from = written.find("<SetIdentifier>");
    const auto to = written.find("</ResourceRecordSet>");
    const auto page = parse_record_page(
        page_of(set_of("all.example.org.", "A", written.substr(from, to - from))));
    REQUIRE(page);
    CHECK(page->sets[0].kind == SetKind::addresses);
    CHECK(page->sets[0].addresses.part == "s");
    CHECK(page->sets[0].addresses.route == route);
  }
  CHECK_THAT(created(place), Contains("<Latitude>51.50</Latitude><Longitude>-0.45</Longitude>"));
  CHECK_THAT(created(weighted),
             Contains("<SetIdentifier>s</SetIdentifier><Weight>7</Weight><TTL>30</TTL>"));
  CHECK(change_batch({{{"a", {}, {}, "s"}, {"a", {"192.0.2.1"}, 30s, "s"}}}).error().code ==
        Errc::invalid);
}

TEST_CASE("a part is deleted just as the service wrote it") {
  const RecordSet read = part(
      "<GeoProximityLocation><Coordinates><Latitude>+51.5</Latitude>"
      "<Longitude>0.1</Longitude></Coordinates></GeoProximityLocation>" +
      two_addresses);
  CHECK(read.addresses.route->latitude_hundredths == 5150);
  const auto batch = change_batch({{read.addresses, {"all.example.org", {}, 30s, "s"}, read.xml}});
  REQUIRE(batch);
  CHECK_THAT(*batch, Contains("<Change><Action>DELETE</Action><ResourceRecordSet><Name>") &&
                         Contains("<Latitude>+51.5</Latitude><Longitude>0.1</Longitude>"));
}

TEST_CASE("a part that is routed in a way that ours never are is none of ours") {
  for (const std::string inside :
       {"<GeoProximityLocation><LocalZoneGroup>z</LocalZoneGroup></GeoProximityLocation>",
        "<GeoProximityLocation><Bias>x</Bias></GeoProximityLocation>",
        "<GeoProximityLocation><Coordinates><Latitude>x</Latitude></Coordinates>"
        "</GeoProximityLocation>",
        "<GeoLocation><CountryCode>NL</CountryCode></GeoLocation>",
        "<MultiValueAnswer>true</MultiValueAnswer>"}) {
    INFO(inside);
    CHECK(part(inside + two_addresses).kind == SetKind::in_the_way);
  }
}

TEST_CASE("a plain name bears no set beside it, and a part no plain one") {
  using act::NameKey;
  const auto set = [](const std::string& name, const std::string& part, SetKind kind) {
    return std::pair(NameKey(name, part), RecordSet{name, part, kind, {}, ""});
  };
  const RecordSets all{set("plain", "", SetKind::addresses), set("alias", "", SetKind::in_the_way),
                       set("routed", "ours", SetKind::addresses),
                       set("routed", "theirs", SetKind::in_the_way)};
  CHECK_FALSE(in_the_way(all, NameKey("free")));
  CHECK_FALSE(in_the_way(all, NameKey("plain")));
  CHECK(in_the_way(all, NameKey("alias")));
  CHECK(in_the_way(all, NameKey("routed")));
  CHECK(in_the_way(all, NameKey("plain", "ours")));
  CHECK_FALSE(in_the_way(all, NameKey("routed", "ours")));
  CHECK_FALSE(in_the_way(all, NameKey("routed", "another")));
  CHECK(in_the_way(all, NameKey("routed", "theirs")));
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
