// Lists of a large account behind its budget, while droplets come and go all the time.
#include <algorithm>
#include <map>
#include <set>

#include <boost/json.hpp>

#include "common/core/utc.h"
#include "common/http/message.h"
#include "common/sim/sim_loop.h"
#include "coordinator/providers/digitalocean/digitalocean_provider.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::digitalocean;

namespace {

namespace json = boost::json;

constexpr std::size_t most_of_page = 200;

// Droplets, the oldest first, in pages as they are at the moment of each request.
struct Cloud {
  json::object shown(long id) const {
    return {{"id", id},
            {"created_at", "2026-01-02T03:04:05Z"},
            {"status", "active"},
            {"region", {{"slug", "lon1"}}},
            {"networks", {{"v4", json::array{}}}},
            {"tags", {"edgeherd-fleet:f"}}};
  }
  http::Response serve(const http::ClientRequest& request) {
    http::Request asked;
    if (!http::parse_target(request.url, asked)) return {400, {}, "{}"};
    const std::string number(asked.query_value("page"));
    const std::size_t page = number.empty() ? 1 : std::stoul(number);
    json::array part;
    std::size_t place = 0;
    for (const long id : droplets) {
      if (place++ / most_of_page + 1 == page) part.push_back(shown(id));
    }
    json::object body{{"droplets", part}, {"meta", {{"total", droplets.size()}}}};
    if (page * most_of_page < droplets.size()) {
      body["links"] = {{"pages",
                        {{"next", "https://api.digitalocean.com/v2/droplets?page=" +
                                      std::to_string(page + 1)}}}};
    }
    ++requests;
    return {200, {}, json::serialize(body)};
  }

  std::set<long> droplets;
  long next = 1000;
  long requests = 0;
};

struct Bench {
  Bench(int servers, Duration page) {
    for (int i = 0; i < servers; ++i) cloud.droplets.insert(cloud.next++);
    Options options;
    options.size = "s";
    options.fleet = "f";
    provider = make_digitalocean_provider(
        options, loop, std::make_shared<budget::AccountBudget>(loop, budget::Limits{}),
        [] { return Result<std::string>("test"); },
        [this, page](http::ClientRequest request, http::Client::Done done) {
          loop.after(page / 2, [this, page, request = std::move(request), done] {
            loop.after(page / 2, [done, answer = cloud.serve(request)] { done(answer); });
          });
        });
  }
  void come_every(Duration period) {
    loop.after(period, [this, period] {
      cloud.droplets.insert(cloud.next++);
      come_every(period);
    });
  }
  void go_every(Duration period) {
    loop.after(period, [this, period] {
      cloud.droplets.erase(cloud.droplets.begin());
      go_every(period);
    });
  }
  // A list every 15 s.
  void list() {
    const std::set<long> before = cloud.droplets;
    provider->list([this, before](const Result<std::vector<model::Vm>>& listed) {
      listed ? ++good : ++failed;
      if (!listed) return;
      std::set<long> ids;
      for (const model::Vm& vm : *listed) ids.insert(std::stol(vm.id.str()));
      for (const long id : before)
        missed += cloud.droplets.contains(id) && !ids.contains(id) ? 1 : 0;
    });
    loop.after(15s, [this] { list(); });
  }

  sim::SimLoop loop;
  Cloud cloud;
  std::unique_ptr<act::Provider> provider;
  int good = 0;
  int failed = 0;
  long missed = 0;
};

}  // namespace

TEST_CASE("lists of a large account cost their pages whatever comes and goes", "[digitalocean]") {
  struct Churn {
    Duration comes;  // zero: never
    Duration goes;
  };
  for (const Churn& churn : {Churn{5s, 5s}, Churn{{}, 1s}, Churn{1s, {}}, Churn{1s, 1s}}) {
    for (const Duration page : {300ms, 1000ms}) {
      INFO(millis(churn.comes) << ", " << millis(churn.goes) << ", " << millis(page));
      Bench bench(1500, page);
      if (churn.comes > Duration{}) bench.come_every(churn.comes);
      if (churn.goes > Duration{}) bench.go_every(churn.goes);
      bench.list();
      bench.loop.run_for(10min);
      CHECK(bench.good >= 39);
      CHECK(bench.failed == 0);
      CHECK(bench.missed == 0);
      // Eight pages, and two while more come than go: with them the account grows by three.
      CHECK(bench.cloud.requests <= 41 * 12);
    }
  }
}
