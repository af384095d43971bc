// Changes that Route 53's name servers do not have yet.
#include "common/aws/credential_source.h"
#include "common/sim/sim_loop.h"
#include "coordinator/dns/route53/record_sets.h"
#include "coordinator/dns/route53/route53_dns.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::dns;
using Catch::Matchers::Contains;

namespace {

std::string change_of(const std::string& status, const std::string& id = "/change/C2") {
  return "<Response><ChangeInfo><Id>" + id + "</Id><Status>" + status +
         "</Status></ChangeInfo></Response>";
}

// Answers lists with an empty zone, batches with PENDING, and questions for a change as `status`.
struct Service {
  static Route53Options options() {
    Route53Options options;
    options.zone = "edge.example.org";
    options.hosted_zone = "Z1";
    return options;
  }
  void answer(const http::ClientRequest& request, http::Client::Done done) {
    http::Response response;
    response.status = 200;
    if (request.method == "POST") {
      seen += "Change ";
      response.body = change_of("PENDING");
    } else if (request.url.find("/change/C2") != std::string::npos) {
      seen += "Get ";
      response.status = status == "gone" ? 404 : 200;
      response.body =
          status == "gone"
              ? "<ErrorResponse><Error><Code>NoSuchChange</Code></Error></ErrorResponse>"
              : change_of(status);
    } else {
      seen += "List ";
      response.body =
          "<ListResourceRecordSetsResponse><ResourceRecordSets></ResourceRecordSets>"
          "<IsTruncated>false</IsTruncated></ListResourceRecordSetsResponse>";
    }
    loop.post([done = std::move(done), response] { done(response); });
  }
  void write() {
    written.reset();
    dns->write({{"lon1.edge.example.org", {"127.64.0.1"}, 30s}},
               [this](const Status& answer) { written = answer; });
  }
  void read() {
    dns->read({act::NameKey("lon1.edge.example.org")},
              [this](const Result<std::vector<act::NameSet>>& answer) {
                read_status = answer ? Status() : Status(answer.error());
              });
  }

  sim::SimLoop loop;
  std::string status = "PENDING";
  std::string seen;
  std::optional<Status> written;
  std::optional<Status> read_status;
  std::unique_ptr<act::DnsProvider> dns =
      make_route53_dns(options(), loop, aws::make_fixed_credentials({"AKID", "secret", ""}, loop),
                       [this](http::ClientRequest request, http::Client::Done done) {
                         answer(request, std::move(done));
                       });
};

}  // namespace

TEST_CASE("a write is done when the name servers have it") {
  Service service;
  service.write();
  service.loop.run_for(9s);
  CHECK_FALSE(service.written);
  service.status = "INSYNC";
  service.loop.run_for(2s);
  REQUIRE(service.written);
  CHECK(service.written->ok());
  CHECK_THAT(service.seen, Contains("List Change Get Get"));
}

TEST_CASE("names are not read while the name servers may lack a change") {
  Service service;
  service.write();
  service.loop.run_for(30s);
  REQUIRE(service.written);
  REQUIRE_FALSE(service.written->ok());
  CHECK(service.written->error().code == Errc::timeout);
  service.seen.clear();
  service.read();
  service.loop.run_for(30s);
  REQUIRE(service.read_status);
  CHECK_FALSE(service.read_status->ok());
  CHECK_THAT(service.seen, !Contains("List"));
  for (const char* const end : {"INSYNC", "gone"}) {
    service.status = end;
    service.read_status.reset();
    service.read();
    service.loop.run_for(5s);
    REQUIRE(service.read_status);
    CHECK(service.read_status->ok());
  }
}

TEST_CASE("a change that is forgotten at the service is done") {
  Service service;
  service.status = "gone";
  service.write();
  service.loop.run_for(5s);
  REQUIRE(service.written);
  CHECK(service.written->ok());
}

TEST_CASE("only an answer that names a change says how far it is") {
  CHECK(parse_change(change_of("PENDING"))->id == "C2");
  CHECK(parse_change(change_of("INSYNC"))->progress == Progress::in_sync);
  for (const std::string& bad : {change_of("DONE"), change_of("PENDING", ""),
                                 change_of("PENDING", "/change/../x"), std::string("noise")}) {
    CHECK_FALSE(parse_change(bad));
  }
}
