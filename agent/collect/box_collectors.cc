#include "agent/collect/collector.h"
#include "agent/collect/collectors.h"

namespace edgeherd::agent {

std::vector<std::unique_ptr<Collector>> make_box_collectors(const BoxOptions& options) {
  std::vector<std::unique_ptr<Collector>> all;
  all.push_back(make_cpu_collector(options.root));
  all.push_back(make_memory_collector(options.root));
  all.push_back(make_pressure_collector(options.root));
  all.push_back(make_net_collector(options.root));
  all.push_back(make_disk_collector(options.root));
  if (!options.edge.ports.empty()) {
    all.push_back(make_connection_collector(options.root, options.edge));
  }
  return all;
}

}  // namespace edgeherd::agent
