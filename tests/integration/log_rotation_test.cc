// The real shipper against a real nginx under traffic: what the client saw answered is what is
// stored.
#include <deque>
#include <map>
#include <memory>

#include "agent/link/proc_holders.h"
#include "agent/link/process_hooks.h"
#include "agent/logs/shipper.h"
#include "agent/logs/tailer.h"
#include "common/crypto/digest.h"
#include "common/os/real.h"
#include "tests/integration/nginx.h"
#include "tests/sim/agent_logs.h"
#include "tests/support/catch.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

namespace {

// Coordinator and archive at once: grants everything, stores in memory, verifies.
class Archive final : public logs::ShipperOutlet, public logs::Uploader {
 public:
  explicit Archive(EventLoop& loop) : loop_(loop) {}

  Status send(const wire::Message& message) override {
    if (const auto* request = std::get_if<wire::UploadRequest>(&message)) {
      wire::UploadGrant grant;
      grant.seq = request->seq;
      grant.key = grant.url = std::to_string(request->seq);
      loop_.post([this, grant] { agent->on_grant(grant); });
    } else if (const auto* done = std::get_if<wire::UploadDone>(&message)) {
      wire::UploadVerdict verdict;
      verdict.seq = done->seq;
      verdict.stored = crypto::to_hex(crypto::sha256(objects[done->key])) == done->sha256;
      loop_.post([this, verdict] { agent->on_verdict(verdict); });
    }
    return {};
  }
  void raise(wire::Event event) override { events.push_back(std::move(event)); }
  void put(logs::PutRequest request, std::function<void(Result<int>)> done) override {
    const bool there = request.url != "0" && objects.contains(request.url);
    if (!there) objects[request.url] = std::move(request.body);
    loop_.post([there, done = std::move(done)] { done(there ? 412 : 200); });
  }

  // How often each path was logged.
  std::map<std::string, int> logged() const {
    std::map<std::string, int> paths;
    for (const auto& [key, object] : objects) {
      if (key == "0") continue;
      const std::string text = sim::gunzip(object);
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        REQUIRE(end != std::string::npos);  // nginx writes whole lines, and no segment cuts one
        const std::string line = text.substr(at, end - at);
        const std::size_t quote = line.find('"');
        ++paths[line.substr(quote + 1, line.size() - quote - 2)];
        at = end + 1;
      }
    }
    return paths;
  }

  logs::Shipper* agent = nullptr;
  std::map<std::string, std::string> objects;
  std::vector<wire::Event> events;

 private:
  EventLoop& loop_;
};

struct Edge {
  Edge() {
    config.node = NodeId("node-1");
    config.access_log = nginx.access_log();
    config.spool_directory = directory.file("spool");
    config.reopen_hook = nginx.command("reopen");
    config.rotate_bytes = 20'000;
    config.tick = 100ms;
    config.settle = 2s;
  }
  void begin() {
    auto opened = logs::Shipper::open(
        config, {world.loop(), *worker, *files, random, *hooks, *holders, archive});
    if (!opened) FAIL(opened.error().message);
    shipper = std::move(*opened);
    archive.agent = shipper.get();
    shipper->attach(&archive);
    shipper->before_rotation(before_rotation);
    shipper->start();
  }
  Status flush() {
    std::optional<Status> result;
    shipper->flush([&](const Status& status) { result = status; });
    if (world.run_until([&] { return result.has_value(); })) return *result;
    const logs::ShipperTotals totals = shipper->totals();
    return fail(Errc::timeout, "not flushed: " + std::to_string(totals.spool_segments) +
                                   " segments, " + std::to_string(totals.holder_waits) +
                                   " waits: " + totals.last_error);
  }
  void check_nothing_lost(const std::set<std::string>& answered) {
    const auto logged = archive.logged();
    std::size_t missing = 0;
    std::size_t doubled = 0;
    for (const std::string& path : answered) missing += logged.contains(path) ? 0 : 1;
    for (const auto& [path, times] : logged) doubled += times == 1 ? 0 : 1;
    CHECK(missing == 0);
    CHECK(doubled == 0);
    CHECK(logged.size() >= answered.size());
  }

  TempDirectory directory;
  Nginx nginx{directory.path()};
  RealLoop world;
  os::RealRandom random;
  std::unique_ptr<FileSystem> files = os::make_file_system();
  std::unique_ptr<Worker> worker = os::make_worker(world.loop());
  std::unique_ptr<logs::HookRunner> hooks = link::make_process_hooks(world.asio().io());
  std::unique_ptr<logs::HolderProbe> holders = link::make_proc_holders(*worker);
  Archive archive{world.loop()};
  std::function<void()> before_rotation;
  logs::ShipperConfig config;
  std::unique_ptr<logs::Shipper> shipper;
};

}  // namespace

TEST_CASE("under traffic, with many rotations, every answered request is stored exactly once") {
  Edge edge;
  logs::TailerConfig tail;
  tail.access_log = edge.nginx.access_log();
  logs::Tailer tailer(*edge.files, tail);
  edge.before_rotation = [&] { tailer.poll(edge.world.loop().clock().mono()); };
  edge.begin();
  // Traffic goes on until the log was rotated often enough, however fast this machine is.
  std::set<std::string> answered;
  std::size_t asked = 0;
  for (int round = 0; round < 60 && edge.shipper->totals().rotations < 4; ++round) {
    const std::string name = std::to_string(round);
    Client one(edge.nginx.port(), "one" + name, 1'500);
    Client two(edge.nginx.port(), "two" + name, 1'500);
    asked += 3'000;
    for (int i = 0; i < 8; ++i) {
      edge.world.run_for(100ms);
      tailer.poll(edge.world.loop().clock().mono());
    }
    answered.insert(one.answered().begin(), one.answered().end());
    answered.insert(two.answered().begin(), two.answered().end());
  }
  REQUIRE(answered.size() == asked);
  const Status flushed = edge.flush();
  INFO((flushed ? "" : flushed.error().message));
  REQUIRE(flushed.ok());
  tailer.poll(edge.world.loop().clock().mono());
  CHECK(edge.shipper->totals().rotations >= 4);
  CHECK(edge.shipper->totals().stored_lines == asked);
  CHECK(tailer.counters().requests + tailer.counters().backlog_requests == asked);
  CHECK(tailer.counters().foreign_lines == 0);
  edge.check_nothing_lost(answered);
}

TEST_CASE("reloads of nginx and a restart of the agent in the midst of it lose nothing") {
  Edge edge;
  edge.begin();
  std::set<std::string> answered;
  {
    Client one(edge.nginx.port(), "one", 10'000);
    edge.world.run_for(500ms);
    edge.nginx.tell("reload");
    edge.world.run_for(500ms);
    edge.shipper->rotate({});
    edge.world.run_for(20ms);  // between rename and the end of the hook
    edge.shipper.reset();
    edge.world.run_for(300ms);
    edge.begin();
    edge.nginx.tell("reload");
    answered = one.answered();
  }
  const Status flushed = edge.flush();
  INFO((flushed ? "" : flushed.error().message));
  REQUIRE(flushed.ok());
  CHECK(answered.size() > 9'000);
  edge.check_nothing_lost(answered);
}

TEST_CASE("the end of a node: nginx has quit, the reopen hook fails, and everything is stored") {
  Edge edge;
  edge.begin();
  std::set<std::string> answered;
  {
    Client one(edge.nginx.port(), "one", 3'000);
    edge.world.run_for(300ms);
    answered = one.answered();
  }
  edge.nginx.stop();
  const Status flushed = edge.flush();
  INFO((flushed ? "" : flushed.error().message));
  REQUIRE(flushed.ok());
  CHECK(answered.size() == 3'000);
  edge.check_nothing_lost(answered);
  CHECK(edge.archive.objects.at("0").find("\"lines\": 3000") != std::string::npos);
}

TEST_CASE("the probe finds nginx at its log, and nobody at a file that is only read") {
  Edge edge;
  const auto info = edge.files->info(edge.nginx.access_log());
  REQUIRE(info.ok());
  CHECK(link::find_holders("/proc", info->device, info->inode) == logs::Holders::some);
  edge.nginx.stop();
  const auto reader = edge.files->open(edge.nginx.access_log(), OpenMode::read);
  REQUIRE(reader.ok());
  CHECK(link::find_holders("/proc", info->device, info->inode) == logs::Holders::none);
}

}  // namespace edgeherd::test
