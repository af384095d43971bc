#include "agent/logs/lost_lines.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "tests/support/catch.h"

namespace edgeherd::logs {

namespace {

// nginx as stub_status and the log show it, one reading a second. Requests end half a second before
// the reading; their lines are written in this order, and on a full disk not at all.
struct Nginx {
  void second(LostLines& count, std::uint64_t requests, std::uint64_t written,
              std::uint64_t in_flight = 0, std::uint64_t probes = 0) {
    now += 1s;
    unix_ms += 1000;
    unwritten.insert(unwritten.end(), requests + stub.in_flight - in_flight, unix_ms - 500);
    for (; written > 0; --written) {
      lines.push_back(unwritten.empty() ? unix_ms - 500 : unwritten.front());
      if (!unwritten.empty()) unwritten.pop_front();
    }
    if (room == DiskRoom::full) unwritten.clear();
    stub.requests += requests + probes + 1;  // one for stub_status itself
    stub.probes += probes + 1;
    stub.in_flight = in_flight;
    stub.unix_ms = unix_ms;
    const auto until = [this](std::uint64_t moment) {
      return static_cast<std::uint64_t>(
          std::count_if(lines.begin(), lines.end(), [&](auto line) { return line <= moment; }));
    };
    count.observe(now, stub, until, room);
  }
  // Requests to a location that does not log, and that no probe of ours is.
  void unlogged(LostLines& count, std::uint64_t requests, std::uint64_t strangers) {
    stub.requests += strangers;
    second(count, requests, requests);
  }
  void quiet(LostLines& count) {
    for (int i = 0; i < 5; ++i) second(count, 0, 0);
  }
  DiskRoom room = DiskRoom::ample;
  StubReading stub;
  std::deque<std::uint64_t> unwritten;  // when requests ended whose lines are in nginx's buffer
  std::vector<std::uint64_t> lines;     // when those ended whose lines are in the log
  MonoTime now{1h};
  std::uint64_t unix_ms = 1'764'000'000'000;
};

}  // namespace

TEST_CASE("while every request has its line nothing is lost") {
  LostLines count;
  Nginx nginx;
  for (int i = 0; i < 50; ++i) nginx.second(count, 100, 100, 0, 2);
  nginx.quiet(count);
  CHECK(count.lost() == 0);
}

TEST_CASE("what is buffered or in flight is not taken for lost") {
  LostLines count;
  Nginx nginx;
  nginx.quiet(count);
  nginx.second(count, 1000, 0);  // all in nginx's buffer
  for (int i = 0; i < 20; ++i) nginx.second(count, 1000, 1000);
  nginx.second(count, 0, 1000);
  nginx.second(count, 300, 0, 300);  // long downloads begin
  for (int i = 0; i < 10; ++i) nginx.second(count, 0, 0, 300);
  nginx.second(count, 0, 300, 0);
  nginx.quiet(count);
  CHECK(count.lost() == 0);
}

TEST_CASE("lines that nginx could not write are counted exactly once it is quiet") {
  LostLines count;
  Nginx nginx;
  nginx.quiet(count);
  for (int i = 0; i < 10; ++i) nginx.second(count, 100, 100);
  nginx.room = DiskRoom::full;
  for (int i = 0; i < 3; ++i) nginx.second(count, 100, 0);
  nginx.room = DiskRoom::ample;
  for (int i = 0; i < 10; ++i) nginx.second(count, 100, 100);
  nginx.quiet(count);
  CHECK(count.lost() == 300);
}

TEST_CASE("a loss is seen under load, and never counted too high") {
  LostLines count;
  Nginx nginx;
  nginx.quiet(count);
  std::uint64_t lost = 0;
  for (int i = 0; i < 60; ++i) {
    const bool full = i >= 20 && i < 40;
    if (full) lost += 100;
    nginx.room = full ? DiskRoom::full : DiskRoom::ample;
    nginx.second(count, 100, full ? 0 : 100, 7);
    CHECK(count.lost() <= lost);
  }
  CHECK(count.lost() >= lost - 400);
}

TEST_CASE("a restart of nginx keeps what was lost before and begins anew") {
  LostLines count;
  Nginx nginx;
  nginx.quiet(count);
  nginx.room = DiskRoom::full;
  nginx.second(count, 50, 40);
  nginx.quiet(count);
  CHECK(count.lost() == 10);
  nginx.stub.requests = 0;  // our own probes go on counting: only nginx forgets
  nginx.second(count, 5, 5);
  nginx.quiet(count);
  nginx.second(count, 20, 17);
  nginx.quiet(count);
  CHECK(count.lost() == 13);
}

TEST_CASE(
    "requests to locations that do not log are never taken for lost while the disk has room") {
  LostLines count;
  Nginx nginx;
  for (int i = 0; i < 300; ++i) nginx.unlogged(count, 100, i % 5 == 0 ? 1 : 0);
  nginx.quiet(count);
  CHECK(count.lost() == 0);
}

TEST_CASE("their usual rate is taken off what a full disk loses") {
  LostLines count;
  Nginx nginx;
  for (int i = 0; i < 100; ++i) nginx.unlogged(count, 100, 1);
  nginx.room = DiskRoom::full;
  for (int i = 0; i < 10; ++i) {
    nginx.stub.requests += 1;
    nginx.second(count, 100, 0);
  }
  nginx.room = DiskRoom::ample;
  for (int i = 0; i < 30; ++i) nginx.unlogged(count, 100, 1);
  CHECK(count.lost() <= 1000);
  CHECK(count.lost() >= 995);
}

TEST_CASE("traffic that was logged before the disk was full is not counted as lost with it") {
  LostLines count;
  Nginx nginx;
  nginx.quiet(count);
  for (int i = 0; i < 3; ++i) nginx.second(count, 100, 100);
  nginx.second(count, 0, 0);
  nginx.room = DiskRoom::full;
  for (int i = 0; i < 5; ++i) nginx.second(count, 100, 10);
  nginx.quiet(count);
  CHECK(count.lost() == 450);
  nginx.room = DiskRoom::ample;
  nginx.quiet(count);
  nginx.quiet(count);
  CHECK(count.lost() == 450);
}

TEST_CASE(
    "what stands in nginx's buffer is no rate of unlogged requests, however young the server") {
  LostLines count;
  Nginx nginx;
  nginx.second(count, 0, 0);
  nginx.second(count, 100, 0);
  for (int i = 0; i < 3; ++i) nginx.second(count, 100, 100);  // always a second late
  nginx.room = DiskRoom::full;
  for (int i = 0; i < 6; ++i) nginx.second(count, 100, 0);
  nginx.room = DiskRoom::ample;
  for (int i = 0; i < 10; ++i) nginx.second(count, 100, 100);
  CHECK(count.lost() == 700);  // with those that stood in the buffer
}

TEST_CASE("a second full disk adds to what the first one lost") {
  LostLines count;
  Nginx nginx;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 20; ++i) nginx.second(count, 100, 100);
    nginx.room = DiskRoom::full;
    for (int i = 0; i < 2; ++i) nginx.second(count, 100, 0);
    nginx.room = DiskRoom::ample;
    for (int i = 0; i < 20; ++i) nginx.second(count, 100, 100);
  }
  nginx.quiet(count);
  CHECK(count.lost() == 400);
}

}  // namespace edgeherd::logs
