// Changes that Route 53's name servers do not have yet.
#include <set>

#include "common/aws/credential_source.h"
#include "common/sim/sim_loop.h"
#include "coordinator/dns/route53/record_sets.h"
#include "coordinator/dns/route53/route53_dns.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::dns;
using Catch::Matchers::Contains;

namespace {

const std::string lon = "lon1.edge.example.org";
const std::string ams = "ams1.edge.example.org";

std::string change_of(const std::string& status, const std::string& id = "/change/C2") {
  return "<Response><ChangeInfo><Id>" + id + "</Id><Status>" + status +
         "</Status></ChangeInfo></Response>";
}

// Answers lists with the names that were written, batches with PENDING, and questions for a change
// as `status`.
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
      response.body = change_of("PENDING", "/change/C" + std::to_string(++changes));
    } else if (const auto at = request.url.find("/change/"); at != std::string::npos) {
      const std::string change = request.url.substr(at);
      seen += "Get" + change.substr(change.size() - 1) + " ";
      const std::string is = in_sync.contains(change) ? "INSYNC" : status;
      response.status = is == "gone" ? 404 : is == "away" ? 503 : 200;
      response.body =
          is == "gone" ? "<ErrorResponse><Error><Code>NoSuchChange</Code></Error></ErrorResponse>"
                       : change_of(is, change);
    } else {
      seen += "List ";
      response.body =
          "<ListResourceRecordSetsResponse><ResourceRecordSets></ResourceRecordSets>"
          "<IsTruncated>false</IsTruncated></ListResourceRecordSetsResponse>";
    }
    loop.post([done = std::move(done), response] { done(response); });
  }
  void write(const std::string& name, const std::string& address = "127.64.0.1") {
    std::optional<Status> written;
    dns->write({{name, {address}, 30s}}, [&](const Status& answer) { written = answer; });
    loop.run_for(2s);
    REQUIRE(written);
    CHECK(written->ok());
  }
  // Which of the names could be read.
  std::set<std::string> read(const std::vector<std::string>& names) {
    std::optional<Result<std::vector<act::NameSet>>> answer;
    dns->read({names.begin(), names.end()},
              [&](Result<std::vector<act::NameSet>> found) { answer = std::move(found); });
    loop.run_for(3s);
    REQUIRE(answer);
    REQUIRE(*answer);
    std::set<std::string> known;
    for (const act::NameSet& set : **answer) {
      if (!set.unread) known.insert(set.name);
      if (set.unread) unread = *set.unread;
    }
    return known;
  }

  sim::SimLoop loop;
  std::string status = "PENDING";
  std::set<std::string> in_sync;  // changes, whatever the status
  int changes = 0;
  std::string seen;
  Error unread;
  std::unique_ptr<act::DnsProvider> dns =
      make_route53_dns(options(), loop, aws::make_fixed_credentials({"AKID", "secret", ""}, loop),
                       [this](http::ClientRequest request, http::Client::Done done) {
                         answer(request, std::move(done));
                       });
};

}  // namespace

TEST_CASE("a write that was taken is done, and proven when the name servers have it") {
  Service service;
  service.write(lon);
  CHECK(service.seen == "List Change ");
  CHECK(service.read({lon, ams}) == std::set{ams});
  CHECK(act::is_on_its_way(service.unread));
  CHECK(service.dns->read_periods().quiet == 3s);
  service.status = "INSYNC";
  CHECK(service.read({lon, ams}) == std::set{ams, lon});
  CHECK(service.dns->read_periods().quiet == 1min);
  service.seen.clear();
  CHECK(service.read({lon}) == std::set{lon});
  CHECK(service.seen == "List ");  // nothing is asked for any more
}

TEST_CASE("names whose changes are on their way hold up no others") {
  Service service;
  service.write(lon);
  service.write(ams);
  CHECK(service.read({lon, ams}).empty());
  service.in_sync = {"/change/C2"};
  CHECK(service.read({lon, ams}) == std::set{ams});
  // Another change of the same name waits for itself.
  service.write(ams, "127.64.0.2");
  CHECK(service.read({lon, ams, "fra1.edge.example.org"}) ==
        std::set<std::string>{"fra1.edge.example.org"});
  service.in_sync = {"/change/C1", "/change/C3"};
  CHECK(service.read({lon, ams}) == std::set{ams, lon});
}

TEST_CASE("one name alone that is on its way is no failed reading") {
  Service service;
  service.write(lon);
  CHECK(service.read({lon}).empty());
  CHECK(act::is_on_its_way(service.unread));
}

TEST_CASE("a change that cannot be asked for is a failure of its names, and of no others") {
  Service service;
  service.write(lon);
  service.status = "away";
  CHECK(service.read({lon, ams}) == std::set{ams});
  CHECK(service.unread.code == Errc::unavailable);
  CHECK_THAT(service.unread.message, Contains("asking for the change C1"));
}

TEST_CASE("a change that is forgotten at the service is done") {
  Service service;
  service.write(lon);
  service.status = "gone";
  CHECK(service.read({lon}) == std::set{lon});
}

TEST_CASE("only an answer that names a change says how far it is") {
  CHECK(parse_change(change_of("PENDING"))->id == "C2");
  CHECK(parse_change(change_of("INSYNC"))->progress == Progress::in_sync);
  for (const std::string& bad : {change_of("DONE"), change_of("PENDING", ""),
                                 change_of("PENDING", "/change/../x"), std::string("noise")}) {
    CHECK_FALSE(parse_change(bad));
  }
}
