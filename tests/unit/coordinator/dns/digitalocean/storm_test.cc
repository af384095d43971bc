// The names of a large fleet behind its account's budget, while many servers come and go at once.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include <boost/json.hpp>

#include "common/core/backoff.h"
#include "common/http/message.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/dns/digitalocean/digitalocean_dns.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using act::NameKey;
using act::NameSet;

namespace {

namespace json = boost::json;

constexpr int zones = 30;
constexpr std::size_t most_of_page = 200;
const std::string domain = "example.org";
const std::string path = "/v2/domains/" + domain + "/records";

// The API's records, as it shows them at the moment of each request.
class Domain {
 public:
  struct Record {
    std::string name;
    std::string address;
  };

  http::Response serve(const http::ClientRequest& request) {
    ++requests;
    http::Request asked;
    if (!http::parse_target(request.url, asked)) return {400, {}, "{}"};
    if (request.method == "GET") return page(asked);
    if (request.method == "POST") {
      const json::object body = json::parse(request.body).as_object();
      add(std::string(body.at("name").as_string()), std::string(body.at("data").as_string()));
      return {201, {}, "{}"};
    }
    const long id = std::stol(asked.path.substr(path.size() + 1));
    if (records.erase(id) == 0) return {404, {}, R"({"id": "not_found"})"};
    return {204, {}, ""};
  }
  void add(const std::string& name, const std::string& address) {
    records[next_++] = {name, address};
  }

  std::map<long, Record> records;
  long requests = 0;

 private:
  [[nodiscard]] http::Response page(const http::Request& asked) const {
    const std::string number(asked.query_value("page"));
    const std::size_t page = number.empty() ? 1 : std::stoul(number);
    json::array shown;
    std::size_t place = 0;
    for (const auto& [id, record] : records) {
      if (place++ / most_of_page + 1 != page) continue;
      shown.push_back({{"id", id},
                       {"type", "A"},
                       {"name", record.name},
                       {"data", record.address},
                       {"ttl", 60}});
    }
    json::object body{{"domain_records", shown}, {"meta", {{"total", records.size()}}}};
    if (page * most_of_page < records.size()) {
      body["links"] = {{"pages",
                        {{"next", "https://api.digitalocean.com" + path +
                                      "?page=" + std::to_string(page + 1)}}}};
    }
    return {200, {}, json::serialize(body)};
  }

  long next_ = 1;
};

// Reads and writes as the loop of the names does (act/names.cc).
class Fleet {
 public:
  Fleet() {
    setenv("EDGEHERD_TEST_TOKEN", "test", 1);
    dns::DigitalOceanDnsOptions options;
    options.zone = options.domain = domain;
    options.access.token_environment = "EDGEHERD_TEST_TOKEN";
    dns_ = dns::make_digitalocean_dns(
        options, loop, std::make_shared<budget::AccountBudget>(loop, budget::Limits{}),
        [this](http::ClientRequest request, http::Client::Done done) {
          loop.after(150ms, [this, request = std::move(request), done = std::move(done)] {
            loop.after(150ms, [done, answer = cloud.serve(request)] { done(answer); });
          });
        });
  }

  // Of each server its zone's name, its region's, and one of its own.
  void come(int number) {
    const std::string zone = std::to_string(number % zones);
    for (const std::string& label : {"z" + zone, "r" + zone, "n" + std::to_string(number)}) {
      wanted[label].insert(address(number));
    }
  }
  void die(int number) {
    dead.insert(address(number));
    for (auto& [label, addresses] : wanted) addresses.erase(address(number));
  }
  void settle() {
    for (const auto& [label, addresses] : wanted) {
      for (const std::string& one : addresses) cloud.add(label, one);
    }
  }
  [[nodiscard]] int left_of_dead() const {
    return static_cast<int>(std::ranges::count_if(
        cloud.records, [&](const auto& one) { return dead.contains(one.second.address); }));
  }
  [[nodiscard]] bool is_right() const {
    std::map<std::string, std::set<std::string>> is;
    for (const auto& [id, one] : cloud.records) is[one.name].insert(one.address);
    return std::ranges::all_of(wanted, [&](const auto& entry) {
      const auto found = is.find(entry.first);
      return found == is.end() ? entry.second.empty() : found->second == entry.second;
    });
  }
  void read() {
    std::vector<NameKey> keys;
    for (const auto& [label, addresses] : wanted) keys.emplace_back(label + "." + domain);
    const int mine = begin();
    dns_->read(std::move(keys), [this, mine](const Result<std::vector<NameSet>>& found) {
      if (round_ != mine) return;
      found ? have_read(*found) : failed();
    });
  }

  sim::SimLoop loop;
  Domain cloud;
  std::map<std::string, std::set<std::string>> wanted;  // by label
  std::set<std::string> dead;

 private:
  static std::string address(int number) {
    return "198.18." + std::to_string(number / 250) + "." + std::to_string(number % 250);
  }
  int begin() {
    const int mine = ++round_;
    loop.after(30s, [this, mine] {
      if (round_ == mine) failed();
    });
    return mine;
  }
  void failed() {
    ++round_;
    loop.after(backoff_.next(random_), [this] { read(); });
  }
  void have_read(const std::vector<NameSet>& found) {
    std::vector<NameSet> change;
    for (const NameSet& set : found) {
      const auto& addresses = wanted.at(set.name.substr(0, set.name.find('.')));
      if (set.addresses != addresses) change.push_back({set.name, addresses, 60s});
    }
    if (change.empty()) {
      backoff_.reset();
      ++round_;
      loop.after(dns_->read_periods().awaited, [this] { read(); });
      return;
    }
    const int mine = begin();
    dns_->write(std::move(change), [this, mine](const Status& made) {
      if (round_ != mine) return;
      made ? read() : failed();
    });
  }

  sim::SimRandom random_{7};
  Backoff backoff_{1s, 1min};
  int round_ = 0;
  std::unique_ptr<act::DnsProvider> dns_;
};

}  // namespace

TEST_CASE("after 40 servers have come and 40 have died, 3,000 records are right within minutes",
          "[digitalocean]") {
  Fleet fleet;
  for (int number = 0; number < 1000; ++number) fleet.come(number);
  fleet.settle();
  REQUIRE(fleet.cloud.records.size() == 3000);
  fleet.read();
  fleet.loop.run_for(20min);
  CHECK(fleet.is_right());
  CHECK(fleet.cloud.requests <= 15 * 15);  // a page every 6 s, and one
  for (int number = 0; number < 40; ++number) fleet.come(1000 + number);
  for (int number = 0; number < 40; ++number) fleet.die(number);
  // The dead go first: what is answered of them harms, what is missing of the others does not.
  CHECK(fleet.loop.run_until([&] { return fleet.left_of_dead() == 0; }, 4min));
  CHECK(fleet.loop.run_until([&] { return fleet.is_right(); }, 4min));
}

TEST_CASE("names of 3,000 records are right again within minutes of each wave", "[digitalocean]") {
  Fleet fleet;
  for (int number = 0; number < 1000; ++number) fleet.come(number);
  fleet.settle();
  fleet.read();
  fleet.loop.run_for(1min);
  for (int wave = 0; wave < 6; ++wave) {
    for (int number = 0; number < 20; ++number) fleet.come(1000 + 20 * wave + number);
    for (int number = 0; number < 20; ++number) fleet.die(20 * wave + number);
    CHECK(fleet.loop.run_until([&] { return fleet.is_right(); }, 6min));
    fleet.loop.run_for(4min);
  }
}
