// A real coordinator in this process: its own thread, loop, database and HTTP server on a port that
// the system chooses. In shadow mode: it decides and records, and touches nothing.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/crypto/digest.h"
#include "common/http/client.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"
#include "coordinator/act/core/durable.h"
#include "coordinator/app/app.h"
#include "coordinator/app/registry.h"
#include "coordinator/store/store.h"
#include "tests/support/catch.h"

namespace edgeherd::tests {

class Directory {
 public:
  Directory() {
    char name[] = "/tmp/edgeherd-unit-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

 private:
  std::string path_;
};

inline constexpr auto operator_token = "operator-token-0123456789";
inline constexpr auto viewer_token = "viewer-token-0123456789";

// What keeps it from touching anything: shadow mode refuses orders as well, a pause takes them.
enum class Restraint { shadow, pause };

struct Setup {
  Restraint restraint = Restraint::shadow;
  bool tokens = true;
  std::vector<model::Node> nodes;
  std::vector<model::PlacementId> closed = {};     // the provider had none left there
  std::function<void(act::History&)> record = {};  // what was recorded before
  std::string zones = R"("lon1": { "min_servers": 2, "max_servers": 8 },
                         "lon2": { "min_servers": 0, "max_servers": 4 })";
};

inline model::Node make_node(const std::string& id, const std::string& zone,
                             model::NodeState state) {
  model::Node node;
  node.id = NodeId(id);
  node.zone = ZoneId(zone);
  node.provider = ProviderId("test");
  node.image = ImageId("v1");
  node.state = state;
  node.vm = VmId("vm-" + id);
  node.address = "127.9.9." + std::to_string(1 + id.size());
  return node;
}

class RunningCoordinator {
 public:
  explicit RunningCoordinator(const Setup& setup = {}) {
    write_configuration(setup);
    seed(setup);
    if (setup.record) seed_record(setup.record);
    const auto files = os::make_file_system();
    settings::Loaded loaded = settings::load(config(), *files, app::known_types());
    for (const std::string& problem : loaded.problems) UNSCOPED_INFO(problem);
    REQUIRE(loaded.settings);
    auto made = app::App::make(loop_, config(), std::move(*loaded.settings));
    if (!made) FAIL(made.error().message);
    app_ = std::move(*made);
    url_ = "http://127.0.0.1:" + std::to_string(app_->api_port());
    app_->start([](const Error&) { std::abort(); });
    thread_ = std::thread([this] { loop_.run(); });
    wait_until_ready();
  }
  ~RunningCoordinator() {
    loop_.stop();
    thread_.join();
    app_.reset();
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::string config() const { return directory_.path() + "/etc"; }
  [[nodiscard]] const Directory& directory() const { return directory_; }

  void write_zones(const std::string& zones) const {
    directory_.write("etc/providers/test.json", R"({ "type": "local", "image_id": "v1",
      "options": { "root": ")" + directory_.path() + R"(/local", "images": ")" +
                                                    directory_.path() + R"(/images" },
      "regions": { "lon": { "name": "London", "zones": { )" +
                                                    zones + " } } } }");
  }

 private:
  void wait_until_ready() const;

  void write_configuration(const Setup& setup) const {
    const auto digest = [](const char* token) { return crypto::to_hex(crypto::sha256(token)); };
    const std::string tokens = setup.tokens ? R"("tokens": [
      { "name": "alice", "role": "operator", "token_sha256": ")" +
                                                  digest(operator_token) + R"(" },
      { "name": "grafana", "role": "viewer", "token_sha256": ")" +
                                                  digest(viewer_token) + R"(" } ],)"
                                            : "";
    std::filesystem::create_directories(directory_.path() + "/images");
    directory_.write("etc/coordinator.json",
                     R"({ "fleet_id": "test", "shadow": )" +
                         std::string(setup.restraint == Restraint::shadow ? "true" : "false") +
                         R"(, "listen": "127.0.0.1:0",
      "log_level": "error", "agents": { "fleet_port": 0, "enroll_port": 0 }, )" +
                         tokens + R"( "state_dir": ")" + directory_.path() + R"(/state" })");
    write_zones(setup.zones);
  }

  void seed_record(const std::function<void(act::History&)>& record) const {
    std::filesystem::create_directories(directory_.path() + "/state");
    os::AsioLoop loop;
    auto history = store::make_history(directory_.path() + "/state/history.db", loop,
                                       store::IfMissing::create, {});
    REQUIRE(history.ok());
    record(**history);
  }

  // As a coordinator that ran before would have left them.
  void seed(const Setup& setup) const {
    if (setup.nodes.empty()) return;
    std::filesystem::create_directories(directory_.path() + "/state");
    os::AsioLoop loop;
    auto store = store::make_state_store(directory_.path() + "/state/state.db", loop,
                                         store::IfMissing::create);
    REQUIRE(store.ok());
    const act::Instant now = act::first_clock("", loop.clock()).at(loop.clock().mono());
    act::Batch batch;
    for (model::Node node : setup.nodes) {
      node.state_since = node.requested_at = loop.clock().mono();
      batch.push_back(act::Put{act::Table::node, node.id.str(), act::node_body(node, now)});
    }
    for (const model::PlacementId& id : setup.closed) {
      model::Placement placement;
      placement.stock_outs = 1;
      placement.stock_failure = "out_of_stock: none left";
      placement.stock_not_before = loop.clock().mono() + std::chrono::hours(1);
      batch.push_back(act::Put{act::Table::placement, act::placement_key(id),
                               act::placement_body(id, placement, now)});
    }
    if (setup.restraint == Restraint::pause) {
      act::Orders orders;
      orders.paused = true;
      orders.pause_reason = "a test";
      batch.push_back(
          act::Put{act::Table::order, std::string(act::orders_key), act::orders_body(orders)});
    }
    std::optional<Status> done;
    (*store)->commit(std::move(batch), [&](const Status& status) {
      done = status;
      loop.stop();
    });
    loop.run();
    REQUIRE((done && done->ok()));
  }

  Directory directory_;
  os::AsioLoop loop_;
  std::unique_ptr<app::App> app_;
  std::string url_;
  std::thread thread_;
};

// One request from outside, blocking.
struct Caller {
  std::string url;
  std::string token;

  http::Response send(const std::string& method, const std::string& path,
                      const std::string& body = "", http::Headers headers = {}) const {
    os::AsioLoop loop;
    http::Client client(loop.io(), {});
    http::ClientRequest request;
    request.method = method;
    request.url = url + path;
    request.headers = std::move(headers);
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    if (method == "POST") request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    std::optional<Result<http::Response>> got;
    client.send(std::move(request), [&](Result<http::Response> answer) {
      got = std::move(answer);
      loop.stop();
    });
    loop.run();
    REQUIRE(got);
    if (!*got) FAIL(got->error().message);
    return std::move(**got);
  }
  http::Response get(const std::string& path) const { return send("GET", path); }
  http::Response post(const std::string& path, const std::string& body = "{}") const {
    return send("POST", path, body);
  }
};

// The first tick comes at once after the start, which a commit comes before.
inline void RunningCoordinator::wait_until_ready() const {
  for (int attempts = 0; attempts < 10'000; ++attempts) {
    if (Caller{url_, ""}.get("/readyz").status == 200) return;
  }
  FAIL("the coordinator does not get ready");
}

}  // namespace edgeherd::tests
