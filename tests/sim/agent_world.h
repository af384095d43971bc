// A Shipper between a simulated nginx and a simulated archive, and what must hold in the end: P10,
// no line that nginx wrote is lost or stored twice, and every loss is counted.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/agent_logs.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

inline logs::ShipperConfig config() {
  logs::ShipperConfig config;
  config.node = NodeId("node-1");
  config.access_log = "/log/access.log";
  config.spool_directory = "/spool";
  config.reopen_hook = {"nginx", "-s", "reopen"};
  config.rotate_bytes = 4000;
  config.rotate_age = 30s;
  config.reserve_bytes = 0;
  return config;
}

struct World {
  World() {
    REQUIRE(files.make_directories("/log").ok());
    REQUIRE(files.sync_directory("/").ok());
    nginx = std::make_unique<SimNginx>(loop, files, "/log/access.log");
  }
  void begin(logs::ShipperConfig with = config()) {
    agent = std::make_unique<SimShipper>(loop, files, *nginx, archive, std::move(with), ++lives);
    REQUIRE(agent->opened().ok());
  }
  // Lines come and are flushed once a second.
  void serve(int seconds_long, int lines_a_second) {
    for (int i = 0; i < seconds_long; ++i) {
      nginx->write_lines(lines_a_second);
      nginx->flush();
      loop.run_for(1s);
    }
  }
  // Until the flush is done; its result.
  Status flush(Duration limit = 10min) {
    std::optional<Status> result;
    agent->shipper().flush([&](const Status& status) { result = status; });
    if (!loop.run_until([&] { return result.has_value(); }, limit)) {
      return fail(Errc::timeout, "not flushed: " + agent->shipper().totals().last_error);
    }
    return *result;
  }
  void check_every_line_stored_once() {
    std::vector<std::string> stored = archive.lines();
    std::sort(stored.begin(), stored.end());
    CHECK(std::adjacent_find(stored.begin(), stored.end()) == stored.end());
    const std::vector<std::string> written(nginx->written().begin(), nginx->written().end());
    CHECK(stored.size() == written.size());
    CHECK(std::equal(stored.begin(), stored.end(), written.begin(), written.end()));
  }
  void check_numbers_have_no_gap() {
    std::uint64_t expected = 1;
    for (const auto& [seq, object] : archive.segments()) CHECK(seq == expected++);
  }
  bool manifest_names_every_segment() {
    std::size_t named = 0;
    for (std::size_t at = 0; (at = archive.manifest().find("\"seq\":", at)) != std::string::npos;) {
      ++named;
      ++at;
    }
    return named == archive.segments().size();
  }
  bool alarmed(const std::string& code) {
    return std::any_of(archive.events().begin(), archive.events().end(),
                       [&](const wire::Event& event) { return event.code == code; });
  }

  SimLoop loop;
  SimFileSystem files{loop.clock()};
  SimArchive archive{loop};
  std::unique_ptr<SimNginx> nginx;
  std::unique_ptr<SimShipper> agent;
  std::uint64_t lives = 0;
};

}  // namespace edgeherd::sim
