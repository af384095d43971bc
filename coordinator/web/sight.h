// Sight: everything that a page, a metric or an API document is made of, at one instant.
//
// A bundle of references for the length of one call; nobody keeps it. Thread: the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coordinator/act/controller.h"

namespace edgeherd::web {

// What the configuration says of a zone beyond its policy.
struct ZoneFacts {
  std::string region_name;  // "London"
  std::uint16_t edge_port = 80;
};

// What the app knows of its configuration.
struct ConfigStatus {
  std::string path;
  WallTime loaded_at{};
  std::string digest;                 // of all files together
  std::vector<std::string> problems;  // of a reload that was refused; empty after a good one
  std::vector<std::string> warnings;  // of the one that runs
};

// One place where alarms go.
struct NotifyTarget {
  std::string name;
  std::size_t waiting = 0;
  std::uint64_t lost = 0;    // records given up or dropped since the start
  std::string last_failure;  // empty after a success
};

// One number of a part that only the app knows (gateway, prober, notifiers), for /metrics.
struct Gauge {
  std::string name;  // "edgeherd_probes_total"; counters end in _total
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

struct Sight {
  const act::Controller& controller;
  const std::map<ZoneId, ZoneFacts>& zones;
  const ConfigStatus& config;
  MonoTime now{};
  WallTime wall{};
  std::vector<NotifyTarget> notify = {};
};

// The policy's zones, and those that only nodes know of; sorted.
[[nodiscard]] std::vector<ZoneId> known_zones(const Sight& sight);

}  // namespace edgeherd::web
