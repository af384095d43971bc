// What every EventLoop and Worker promises, asked of the real and of the simulated ones.
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/os/asio_loop.h"
#include "common/os/real.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_worker.h"
#include "tests/support/catch.h"
#include "tests/support/real_loop.h"

using namespace edgeherd;

namespace {

struct Real {
  test::RealLoop world;
  EventLoop& loop = world.loop();
  std::unique_ptr<Worker> worker = os::make_worker(loop);
  bool run_until(const std::function<bool()>& reached) { return world.run_until(reached); }
  void run_for(Duration time) { world.run_for(time); }
};

struct Simulated {
  sim::SimLoop world;
  EventLoop& loop = world;
  std::unique_ptr<Worker> worker = std::make_unique<sim::SimWorker>(world, 5ms);
  bool run_until(const std::function<bool()>& reached) { return world.run_until(reached, 30s); }
  void run_for(Duration time) { world.run_for(time); }
};

struct SimulatedProcess {
  sim::SimLoop world;
  sim::SimProcessLoop loop{world};
  std::unique_ptr<Worker> worker = std::make_unique<sim::SimWorker>(loop, 5ms);
  bool run_until(const std::function<bool()>& reached) { return world.run_until(reached, 30s); }
  void run_for(Duration time) { world.run_for(time); }
};

}  // namespace

TEMPLATE_TEST_CASE("posted work runs in order and never inline", "", Real, Simulated,
                   SimulatedProcess) {
  TestType subject;
  std::string order;
  subject.loop.post([&] {
    order += 'a';
    subject.loop.post([&] { order += 'c'; });
  });
  subject.loop.post([&] { order += 'b'; });
  CHECK(order.empty());
  CHECK(subject.run_until([&] { return order.size() == 3; }));
  CHECK(order == "abc");
}

TEMPLATE_TEST_CASE("timers run by time, those of one instant in order of creation", "", Real,
                   Simulated, SimulatedProcess) {
  TestType subject;
  const MonoTime now = subject.loop.clock().mono();
  std::string order;
  subject.loop.at(now + 20ms, [&] { order += 'c'; });
  subject.loop.at(now + 10ms, [&] { order += 'a'; });
  subject.loop.at(now + 10ms, [&] { order += 'b'; });
  subject.loop.at(now + 20ms, [&] { order += 'd'; });
  subject.loop.at(now - 1s, [&] { order += '0'; });
  CHECK(subject.run_until([&] { return order.size() == 5; }));
  CHECK(order == "0abcd");
  CHECK(subject.loop.clock().mono() >= now + 20ms);
}

TEMPLATE_TEST_CASE("a cancelled timer does not run, even when it was due", "", Real, Simulated,
                   SimulatedProcess) {
  TestType subject;
  std::string order;
  TimerId second = TimerId::none;
  subject.loop.after(5ms, [&] {
    order += 'a';
    subject.loop.cancel(second);
  });
  second = subject.loop.after(5ms, [&] { order += 'b'; });
  const TimerId third = subject.loop.after(1ms, [&] { order += 'c'; });
  subject.loop.cancel(third);
  subject.loop.cancel(third);
  subject.loop.cancel(TimerId::none);
  subject.loop.cancel(TimerId{12345});
  subject.run_for(30ms);
  CHECK(order == "a");
}

TEMPLATE_TEST_CASE("timers may add and cancel timers", "", Real, Simulated, SimulatedProcess) {
  TestType subject;
  int rounds = 0;
  std::function<void()> again = [&] {
    if (++rounds < 50) subject.loop.after(0ms, again);
  };
  subject.loop.after(0ms, again);
  CHECK(subject.run_until([&] { return rounds == 50; }));
}

TEMPLATE_TEST_CASE("a worker does its jobs one after the other and tells the loop", "", Real,
                   Simulated, SimulatedProcess) {
  TestType subject;
  std::vector<int> worked;
  std::vector<int> done;
  for (int i = 0; i < 5; ++i) {
    subject.worker->run([&worked, i] { worked.push_back(i); }, [&done, i] { done.push_back(i); });
  }
  CHECK(done.empty());
  CHECK(subject.run_until([&] { return done.size() == 5; }));
  CHECK(worked == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(done == worked);
}

TEMPLATE_TEST_CASE("once a worker is gone, nothing is told any more", "", Real, Simulated,
                   SimulatedProcess) {
  TestType subject;
  bool told = false;
  for (int i = 0; i < 3; ++i) subject.worker->run([] {}, [&] { told = true; });
  subject.worker.reset();
  subject.run_for(30ms);
  CHECK_FALSE(told);
}

TEST_CASE("other threads may post to the real loop") {
  os::AsioLoop loop;
  constexpr int threads = 4;
  constexpr int posts = 1000;
  int ran = 0;
  std::vector<std::thread> posters;
  for (int i = 0; i < threads; ++i) {
    posters.emplace_back([&] {
      for (int n = 0; n < posts; ++n) {
        loop.post([&] {
          if (++ran == threads * posts) loop.stop();
        });
      }
    });
  }
  loop.run();
  for (std::thread& poster : posters) poster.join();
  CHECK(ran == threads * posts);
}

TEST_CASE("a stop that comes first ends the next run at once") {
  os::AsioLoop loop;
  bool ran = false;
  loop.after(1h, [&] { ran = true; });
  loop.stop();
  loop.run();
  CHECK_FALSE(ran);
}

TEST_CASE("SIGHUP calls, SIGTERM stops") {
  os::AsioLoop loop;
  int hangups = 0;
  loop.stop_on_signals([&] {
    ++hangups;
    ::raise(hangups < 2 ? SIGHUP : SIGTERM);
  });
  loop.post([] { ::raise(SIGHUP); });
  loop.run();
  CHECK(hangups == 2);
}

TEST_CASE("real random numbers are not the same twice") {
  os::RealRandom random;
  CHECK(random.u64() != random.u64());
  CHECK(random.token(20).size() == 20);
}
