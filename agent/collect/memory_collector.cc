#include <algorithm>

#include "agent/collect/collectors.h"
#include "agent/collect/proc_parse.h"
#include "agent/collect/source.h"

namespace edgeherd::agent {
namespace {

class MemoryCollector final : public Collector {
 public:
  explicit MemoryCollector(const std::string& root)
      : meminfo_(root, "proc/meminfo"),
        cgroup_max_(root, "sys/fs/cgroup/memory.max"),
        cgroup_current_(root, "sys/fs/cgroup/memory.current"),
        cgroup_stat_(root, "sys/fs/cgroup/memory.stat") {}

  void collect(MonoTime, Reading& reading) override {
    if (const auto text = meminfo_.read()) {
      const auto memory = parse_meminfo(*text);
      reading.mem_total_bytes = memory.total_bytes;
      reading.mem_available_bytes = memory.available_bytes;
      reading.swap_total_bytes = memory.swap_total_bytes;
      reading.swap_free_bytes = memory.swap_free_bytes;
    }
    limit(reading);
  }

 private:
  // The top of a box's control groups has no memory.max; where it is there, we are in a container.
  void limit(Reading& reading) {
    const auto max = number(cgroup_max_);
    if (!max || (reading.mem_total_bytes && *reading.mem_total_bytes <= *max)) return;
    reading.mem_total_bytes = *max;
    const auto current = number(cgroup_current_);
    if (!current) {
      reading.mem_available_bytes.reset();  // the box's own figure says nothing about the limit
      return;
    }
    // Page cache that nobody used for a while is given back before anything fails.
    const auto stat_text = cgroup_stat_.read();
    const auto reclaimable = stat_text ? parse_keyed(*stat_text, "inactive_file") : std::nullopt;
    const auto used = *current - std::min(*current, reclaimable.value_or(0));
    const auto available = *max - std::min(*max, used);
    reading.mem_available_bytes =
        std::min(available, reading.mem_available_bytes.value_or(available));
  }

  static std::optional<std::uint64_t> number(Source& source) {
    const auto text = source.read();
    return text ? parse_cgroup_number(*text) : std::nullopt;
  }

  Source meminfo_;
  Source cgroup_max_;
  Source cgroup_current_;
  Source cgroup_stat_;
};

}  // namespace

std::unique_ptr<Collector> make_memory_collector(const std::string& root) {
  return std::make_unique<MemoryCollector>(root);
}

}  // namespace edgeherd::agent
