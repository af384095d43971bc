#include "coordinator/act/names/apart.h"

#include <utility>

#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::act;

namespace {

using Fault = NamesApart::Fault;

const Error no = fail(Errc::refused, "NOTAUTH");

// Writes until nothing is due; the service takes all but `bad`.
struct Service {
  std::set<std::string> bad;
  std::set<std::string> wanted;
  std::vector<std::size_t> sizes;  // of the writes
  NamesApart apart;
  MonoTime now{};
  sim::SimRandom random{7};

  std::vector<Change> changes() const {
    std::vector<Change> all;
    for (const std::string& name : wanted) all.push_back({NameSet{name, {"192.0.2.1"}, 30s}, {}});
    return all;
  }
  Fault run() {
    while (true) {
      const std::vector<Change> group = apart.next(changes(), now);
      if (group.empty()) return Fault::names;
      sizes.push_back(group.size());
      REQUIRE(sizes.size() < 100);
      bool taken = true;
      for (const Change& change : group) taken = taken && !bad.contains(change.set.name);
      if (!taken) {
        if (apart.refused(no, now, random) == Fault::service) return Fault::service;
        continue;
      }
      apart.written();
      for (const Change& change : group) wanted.erase(change.set.name);
    }
  }
};

std::set<std::string> names(int count) {
  std::set<std::string> all;
  for (int i = 0; i < count; ++i) all.insert("n" + std::to_string(100 + i));
  return all;
}

}  // namespace

TEST_CASE("what the service takes is written at once, together") {
  Service service{.bad = {}, .wanted = names(40), .sizes = {}, .apart = {}};
  CHECK(service.run() == Fault::names);
  CHECK(service.sizes == std::vector<std::size_t>{40});
  CHECK(service.apart.next({}, service.now).empty());
}

TEST_CASE("one name that is refused is found in a few writes, and all the others are written") {
  Service service{.bad = {"n117"}, .wanted = names(64), .sizes = {}, .apart = {}};
  CHECK(service.run() == Fault::names);
  CHECK(service.wanted == std::set<std::string>{"n117"});
  CHECK(service.sizes.size() <= 13);  // twice the halvings, and the first
  REQUIRE(service.apart.refused().contains(NameKey("n117")));
  CHECK(service.apart.refused().at(NameKey("n117")).error.message == "NOTAUTH");
}

TEST_CASE("a refused name is tried by itself, later and later, and held up by nothing new") {
  Service service{.bad = {"n101"}, .wanted = names(2), .sizes = {}, .apart = {}};
  CHECK(service.run() == Fault::names);
  service.sizes.clear();
  CHECK_FALSE(service.apart.is_due(service.changes(), service.now));
  service.wanted.insert("new");
  CHECK(service.apart.is_due(service.changes(), service.now));
  CHECK(service.run() == Fault::names);
  CHECK(service.sizes == std::vector<std::size_t>{1});
  CHECK(service.wanted == std::set<std::string>{"n101"});
  service.sizes.clear();
  for (int second = 0; second < 600; ++second) {
    service.now += 1s;
    CHECK(service.run() == Fault::names);
  }
  CHECK(service.sizes.size() > 8);
  CHECK(service.sizes.size() < 40);
  service.bad.clear();
  service.now += 1min;
  CHECK(service.run() == Fault::names);
  CHECK(service.wanted.empty());
  CHECK(service.apart.refused().empty());
}

TEST_CASE("many that are refused one after the other are the service's fault, not the names'") {
  Service service{.bad = names(64), .wanted = names(64), .sizes = {}, .apart = {}};
  CHECK(service.run() == Fault::service);
  CHECK(service.sizes.size() <= 12);
  CHECK(service.apart.refused().empty());
  CHECK(service.apart.next(service.changes(), service.now).size() == 64);  // all again, together
}

TEST_CASE("a name that need not be written any more is forgotten") {
  Service service{.bad = {"n100"}, .wanted = names(1), .sizes = {}, .apart = {}};
  CHECK(service.run() == Fault::names);
  CHECK(service.apart.refused().size() == 1);
  CHECK(service.apart.next({}, service.now).empty());
  CHECK(service.apart.refused().empty());
}
