// Lists of many pages, while entries come and go between each request and the next.
#include "coordinator/providers/digitalocean/page_walk.h"

#include <algorithm>
#include <map>

#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::digitalocean;
using Catch::Matchers::Contains;
using Remembers = PageWalk::Remembers;

namespace {

// An account whose list is cut into pages at the moment of each request.
struct Account {
  explicit Account(ListOrder how, std::uint64_t seed = 1) : order(how), random(seed) {}

  void come(int count) {
    for (int i = 0; i < count; ++i) listed.push_back(next++);
  }
  // One that was made before the newest `places`, and is shown only now.
  void come_late(std::size_t places) {
    const auto at = listed.end() - static_cast<std::ptrdiff_t>(std::min(places, listed.size()));
    const int id = at == listed.end() ? next++ : *at - 1;
    if (at == listed.begin() || *(at - 1) < id) listed.insert(at, id);
  }
  void go(std::size_t place) {
    if (listed.empty()) return;
    const auto one = listed.begin() + static_cast<std::ptrdiff_t>(place % listed.size());
    gone.insert(*one);
    listed.erase(one);
  }
  [[nodiscard]] PageSeen page(std::size_t number) {
    ++requests;
    std::vector<int> all = listed;
    if (order == ListOrder::newest_first) std::ranges::reverse(all);
    if (order == ListOrder::neither)
      std::ranges::sort(all, {}, [](int id) { return id * 7919 % 10007; });
    PageSeen seen;
    seen.total = all.size();
    for (std::size_t i = (number - 1) * entries_of_page;
         i < std::min(all.size(), number * entries_of_page); ++i) {
      seen.ids.push_back(std::to_string(all[i]));
    }
    seen.has_next = number * entries_of_page < all.size();
    return seen;
  }
  // Reads it all, with what happens before each request but the first. Those that were there all
  // the while and are not in it.
  template <class Between>
  Result<std::set<int>> missing(Between between) {
    requests = 0;
    gone.clear();
    const std::set<int> before(listed.begin(), listed.end());
    PageWalk walk(shown, Remembers::the_last);
    for (;;) {
      if (requests > 0) between();
      const auto step = walk.take(page(walk.page()));
      if (!step) return step.error();
      if (*step == PageWalk::Step::whole) break;
    }
    shown = walk.shown();
    std::set<int> missed;
    for (const int id : before) {
      if (!gone.contains(id) && !shown.ids->contains(std::to_string(id))) missed.insert(id);
    }
    return missed;
  }

  ListOrder order;
  sim::SimRandom random;
  std::vector<int> listed;  // the oldest first
  std::set<int> gone;
  int next = 1000;
  std::size_t requests = 0;
  Shown shown;
};

constexpr auto nothing = [] {};

}  // namespace

TEST_CASE("a list costs its pages, the first time one more", "[digitalocean]") {
  for (const auto& [order, first] :
       {std::pair(ListOrder::oldest_first, 6), std::pair(ListOrder::newest_first, 5)}) {
    Account account(order);
    account.come(1000);
    for (const int requests : {first, 5, 5}) {
      REQUIRE(account.missing(nothing)->empty());
      CHECK(account.requests == static_cast<std::size_t>(requests));
      CHECK(account.shown.ids->size() == 1000);
    }
    CHECK(account.shown.order == order);
  }
}

TEST_CASE("a list that grows and shrinks is read to its end", "[digitalocean]") {
  for (const ListOrder order :
       {ListOrder::oldest_first, ListOrder::newest_first, ListOrder::neither}) {
    Account account(order);
    for (const int count : {0, 1, 199, 1, 1, 398, 1, 600}) {
      account.come(count);
      REQUIRE(account.missing(nothing)->empty());
      CHECK(account.shown.ids->size() == account.listed.size());
    }
    while (!account.listed.empty()) {
      for (int i = 0; i < 190; ++i) account.go(0);
      REQUIRE(account.missing(nothing)->empty());
      CHECK(account.shown.ids->size() == account.listed.size());
    }
  }
}

TEST_CASE("however many come and go between its pages, a list misses none that stays",
          "[digitalocean]") {
  for (const ListOrder order : {ListOrder::oldest_first, ListOrder::newest_first}) {
    std::size_t most = 0;
    std::size_t wholes = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      INFO("order " << static_cast<int>(order) << ", seed " << seed);
      Account account(order, seed);
      account.come(static_cast<int>(200 + account.random.below(1400)));
      const double rate = 0.1 * static_cast<double>(1 + seed % 5);  // of each, between two requests
      for (int list = 0; list < 5; ++list) {
        const auto missed = account.missing([&] {
          if (account.random.chance(rate)) account.go(account.random.below(100'000));
          if (account.random.chance(rate)) account.come(1);
          if (account.random.chance(0.02)) account.come_late(1 + account.random.below(5));
        });
        if (!missed) {
          CHECK(missed.error().code == Errc::broken);
          continue;
        }
        ++wholes;
        CHECK(missed->empty());
        most = std::max(most, account.requests);
      }
    }
    CHECK(wholes >= 1480);  // of 1,500
    CHECK(most <= 40);
  }
}

TEST_CASE("one that goes and one that comes between two pages hide none", "[digitalocean]") {
  for (const ListOrder order :
       {ListOrder::oldest_first, ListOrder::newest_first, ListOrder::neither}) {
    for (const std::size_t when : {1, 2, 3, 4, 5, 6}) {
      Account account(order);
      account.come(1000);
      REQUIRE(account.missing(nothing)->empty());
      std::size_t request = 0;
      const auto missed = account.missing([&] {
        if (++request != when) return;
        account.go(order == ListOrder::newest_first ? 999 : 0);
        account.come(1);
      });
      REQUIRE(missed);
      CHECK(missed->empty());
    }
  }
}

TEST_CASE("a page that has not what its total tells is read again, and then broken",
          "[digitalocean]") {
  using Spoil = void (*)(PageSeen&);
  for (const auto& [spoil, what] :
       {std::pair<Spoil, std::string>([](PageSeen& seen) { seen.ids.pop_back(); },
                                      "of a total of 210"),
        {[](PageSeen& seen) { seen.ids.back() = seen.ids.front(); }, "of them different"},
        {[](PageSeen& seen) { seen.has_next = !seen.has_next; }, "of a total of 210"}}) {
    Account account(ListOrder::oldest_first);
    account.come(210);
    PageWalk once({}, Remembers::the_last);
    PageSeen seen = account.page(1);
    spoil(seen);
    CHECK(*once.take(seen) == PageWalk::Step::anew);
    for (std::size_t page = 1; page != 0;) {
      const auto step = once.take(account.page(once.page()));
      REQUIRE(step);
      page = *step == PageWalk::Step::whole ? 0 : once.page();
    }
    CHECK(once.shown().ids->size() == 210);
    PageWalk always({}, Remembers::the_last);
    for (int reading = 1; reading < most_readings; ++reading) {
      CHECK(*always.take(seen) == PageWalk::Step::anew);
    }
    const auto end = always.take(seen);
    REQUIRE_FALSE(end);
    CHECK(end.error().code == Errc::broken);
    CHECK_THAT(end.error().message, Contains(what));
  }
}

TEST_CASE("a list in no order is compared with the one before", "[digitalocean]") {
  Account account(ListOrder::neither);
  account.come(450);
  for (const std::size_t requests : {6, 3}) {
    REQUIRE(account.missing(nothing)->empty());
    CHECK(account.requests == requests);
  }
  account.go(7);
  account.come(1);
  REQUIRE(account.missing(nothing)->empty());
  CHECK(account.requests == 6);
  CHECK_FALSE(account.missing([&] { account.go(3); }));
  // One that is not remembered has nothing to be compared with.
  PageWalk walk({}, Remembers::nothing);
  for (const std::size_t page : {1, 2, 3}) {
    CHECK(walk.page() == page);
    CHECK(*walk.take(account.page(page)) ==
          (page == 3 ? PageWalk::Step::whole : PageWalk::Step::on));
  }
}
