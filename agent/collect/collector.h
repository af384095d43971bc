// Collector: one source of measurements.
//
// Thread: the loop's. collect() is called about once a second, never blocks on anything but the
// kernel's own files, and fills in what it knows; what it cannot tell it leaves absent. It never
// fails: a source that is away is simply not in the Reading, and is tried again next time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/collect/edge_filter.h"
#include "agent/collect/reading.h"
#include "common/core/clock.h"

namespace edgeherd::agent {

class Collector {
 public:
  virtual ~Collector() = default;
  virtual void collect(MonoTime now, Reading& reading) = 0;
};

// The box's own collectors over `root` ("/" in production, a fixture tree in tests). They hold
// their files open; interfaces and disks that come and go are looked for again every 30 seconds.
struct BoxOptions {
  std::string root = "/";
  EdgeFilter edge;  // of connections to count; without ports: absent
};
[[nodiscard]] std::vector<std::unique_ptr<Collector>> make_box_collectors(
    const BoxOptions& options);

}  // namespace edgeherd::agent
