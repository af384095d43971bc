// The names by which viewers come to a node.
#include "coordinator/model/dns_names.h"

#include "coordinator/model/policy.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::model;

TEST_CASE("a zone without names has none, and neither have its nodes") {
  const ZonePolicy zone;
  CHECK(shared_names(zone).empty());
  CHECK_FALSE(has_names(zone));
  CHECK_FALSE(has_names(zone, NodeId("n")));
}

TEST_CASE("the nodes of a zone share its name, its region's, and a part of the routed one") {
  ZonePolicy zone;
  zone.dns_name = "z.example";
  zone.region_dns_name = "r.example";
  zone.routed = {"edge.example", "edgeherd/f/r", {}, 1};
  CHECK(shared_names(zone) == std::vector<NameKey>{NameKey("z.example"), NameKey("r.example"),
                                                   NameKey("edge.example", "edgeherd/f/r")});
  CHECK(has_names(zone, NodeId("no label!")));
}

TEST_CASE("a node's own name is made of its id, where that can stand in a name") {
  ZonePolicy zone;
  zone.node_dns_name = "edge-{node}.n.example";
  CHECK(has_names(zone));
  CHECK(node_name(zone, NodeId("lon1-aB_9")) == "edge-lon1-ab_9.n.example");
  for (const std::string id : {"", "-a", "a-", "a.b", "a+b"}) {
    INFO(id);
    CHECK(node_name(zone, NodeId(id)).empty());
    CHECK_FALSE(has_names(zone, NodeId(id)));
  }
  CHECK(node_name(zone, NodeId(std::string(64, 'a'))).empty());
  CHECK(node_name(zone, NodeId("[")).empty());
  CHECK(node_name(zone, NodeId("{")).empty());
  CHECK(node_name(zone, NodeId("/")).empty());
  CHECK(node_name(zone, NodeId(":")).empty());
}

TEST_CASE("a name and its part are one text, and are told apart again") {
  for (const NameKey& key : {NameKey("a.example"), NameKey("a.example", "edgeherd/f/r")}) {
    CHECK(name_key_from(to_string(key)) == key);
  }
  CHECK(to_string(NameKey("a", "b")) == "a b");
}

TEST_CASE("ways to choose among parts have the names of the configuration") {
  CHECK(to_string(RouteBy::latency) == "latency");
  CHECK(to_string(RouteBy::geoproximity) == "geoproximity");
  CHECK(to_string(RouteBy::weighted) == "weighted");
}

TEST_CASE("a name has no case and no trailing dot") {
  CHECK(plain_name("Lon1.Edge.Example.ORG.") == "lon1.edge.example.org");
  CHECK(plain_name("a.b") == "a.b");
  CHECK(plain_name("") == "");
  CHECK(plain_name("a..") == "a.");  // which is no name, and stays none
}
