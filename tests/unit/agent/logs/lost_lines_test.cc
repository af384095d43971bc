#include "agent/logs/lost_lines.h"

#include "tests/support/catch.h"

namespace edgeherd::logs {

namespace {

// nginx as stub_status and the log show it, one reading a second.
struct Nginx {
  void second(LostLines& count, std::uint64_t requests, std::uint64_t written,
              std::uint64_t in_flight = 0, std::uint64_t probes = 0) {
    stub.requests += requests + probes;
    stub.probes += probes;
    stub.in_flight = in_flight;
    stub.requests += 1;  // the request for stub_status itself
    stub.probes += 1;
    lines += written;
    now += 1s;
    count.observe(now, stub, lines);
  }
  void quiet(LostLines& count) {
    for (int i = 0; i < 5; ++i) second(count, 0, 0);
  }
  StubReading stub;
  std::uint64_t lines = 0;
  MonoTime now{1h};
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
  for (int i = 0; i < 3; ++i) nginx.second(count, 100, 0);  // the disk is full
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
    nginx.second(count, 100, full ? 0 : 100, 7);
    CHECK(count.lost() <= lost);
  }
  CHECK(count.lost() >= lost - 400);
}

TEST_CASE("a restart of nginx keeps what was lost before and begins anew") {
  LostLines count;
  Nginx nginx;
  nginx.quiet(count);
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

}  // namespace edgeherd::logs
