#include "agent/app/sampler.h"

#include "agent/app/wire_sample.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::agent;

namespace {

const std::string access_log = "/var/log/nginx/access.log";

// An nginx that logs as it answers, while there is room, and shows how much it was asked.
class LoggingNginx final : public Prober {
 public:
  LoggingNginx(sim::SimLoop& loop, sim::SimFileSystem& files) : loop_(loop), files_(files) {
    REQUIRE(files.make_directories("/var/log/nginx"));
    auto log = files.open(access_log, OpenMode::append);
    REQUIRE(log);
    log_ = std::move(log).value();
  }

  void serve(int requests) {
    for (int i = 0; i < requests; ++i, ++asked_) {
      if (writes) REQUIRE(log_->append(now() + " 200 1024 0.001 -\n"));
    }
  }

  bool writes = true;

 private:
  [[nodiscard]] std::string now() const {
    const std::int64_t ms = unix_millis(loop_.clock().wall());
    return std::to_string(ms / 1000) + "." + std::to_string(1000 + ms % 1000).substr(1);
  }
  void send(std::string, Duration, http::Client::Done done) override {
    ++asked_;
    const auto page = "Active connections: 1 \nserver accepts handled requests\n 9 9 " +
                      std::to_string(asked_) + " \nReading: 0 Writing: 1 Waiting: 0 \n";
    loop_.after(1ms, [done, page] { done(http::text_response(200, page)); });
  }

  sim::SimLoop& loop_;
  sim::SimFileSystem& files_;
  std::unique_ptr<File> log_;
  std::uint64_t asked_ = 1000;
};

AgentConfig with_log() {
  AgentConfig config;
  config.access_log = access_log;
  config.stub_status = "http://127.0.0.1/stub";
  config.state_dir = "/var/lib/edgeherd-agent";
  return config;
}

}  // namespace

TEST_CASE("lines written after nginx was asked do not belong to its figures") {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  REQUIRE(files.make_directories("/var/lib/edgeherd-agent"));
  LoggingNginx nginx(loop, files);
  Sampler sampler(with_log(), files, nginx, loop.clock());
  NodeView view;
  const auto seconds_of = [&](int count, int requests) {
    for (int i = 0; i < count; ++i) {
      sampler.sample(loop.clock().mono(), view);
      loop.run_for(500ms);
      nginx.serve(requests);
      loop.run_for(500ms);
    }
  };
  seconds_of(10, 100);
  CHECK(sampler.lines_lost_by_nginx() == 0);

  files.set_capacity(512 * 1024);  // too little room for nginx's buffer
  nginx.writes = false;
  seconds_of(5, 100);
  files.set_capacity(sim::SimFileSystem::default_capacity);
  nginx.writes = true;
  seconds_of(10, 0);
  CHECK(sampler.lines_lost_by_nginx() == 500);
}

TEST_CASE("while nginx may not be able to log, the log's figures are unknown, not few") {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  REQUIRE(files.make_directories("/var/lib/edgeherd-agent"));
  LoggingNginx nginx(loop, files);
  auto config = with_log();
  config.stub_status.clear();
  Sampler sampler(config, files, nginx, loop.clock());
  NodeView view;
  const auto sample_after = [&](Duration time) {
    for (; time > 0s; time -= 1s) {
      nginx.serve(100);
      loop.run_for(1s);
      sampler.sample(loop.clock().mono(), view);
    }
    wire::Sample sample;
    fill_sample(view, sample);
    return sample;
  };
  sampler.sample(loop.clock().mono(), view);
  CHECK(sample_after(5s).requests == 500U);
  CHECK(view.log_trouble.empty());

  files.set_capacity(0);
  nginx.writes = false;
  const auto blind = sample_after(5s);
  CHECK_FALSE(blind.requests);
  CHECK(blind.status_classes.empty());
  CHECK_FALSE(view.reading.traffic->requests_per_s);
  CHECK(view.log_trouble == "/var/log/nginx/: the disk is full or read-only: lines may be missing");

  files.set_capacity(sim::SimFileSystem::default_capacity);
  nginx.writes = true;
  CHECK(sample_after(5s).requests == 1000U);
}
