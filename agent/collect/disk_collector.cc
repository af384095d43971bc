#include <algorithm>

#include "agent/collect/collectors.h"
#include "agent/collect/counter_rate.h"
#include "agent/collect/device_names.h"
#include "agent/collect/device_table.h"
#include "agent/collect/growth_sum.h"
#include "agent/collect/proc_parse.h"
#include "agent/collect/source.h"

namespace edgeherd::agent {
namespace {

struct DiskRates {
  CounterRate read;
  CounterRate write;
  CounterRate busy_ms;
};

class DiskCollector final : public Collector {
 public:
  explicit DiskCollector(const std::string& root)
      : diskstats_(root, "proc/diskstats"), disks_(root, real_disks) {}

  void collect(MonoTime now, Reading& reading) override {
    if (!disks_.refresh(now)) return;
    const auto text = diskstats_.read();
    if (!text) return;
    read_.begin();
    write_.begin();
    std::uint64_t busiest_ms = 0;
    std::optional<double> busiest_ms_per_s;
    parse_diskstats(*text, [&](const DiskCounters& counters) {
      auto* rates = disks_.find(counters.name);
      if (rates == nullptr) return;
      rates->read.feed(now, counters.read_bytes);
      rates->write.feed(now, counters.write_bytes);
      rates->busy_ms.feed(now, counters.busy_ms);
      read_.add(rates->read);
      write_.add(rates->write);
      busiest_ms = std::max(busiest_ms, rates->busy_ms.growth().value_or(0));
      busiest_ms_per_s = std::max(busiest_ms_per_s, rates->busy_ms.per_second());
    });
    reading.disk_read_bytes_total = read_.total();
    reading.disk_write_bytes_total = write_.total();
    reading.disk_read_bytes_per_s = read_.per_second();
    reading.disk_write_bytes_per_s = write_.per_second();
    busy_ms_total_ += busiest_ms;
    if (read_.total()) reading.disk_busy_ms_total = busy_ms_total_;
    if (busiest_ms_per_s) reading.disk_busy_ratio = std::min(1.0, *busiest_ms_per_s / 1000);
  }

 private:
  Source diskstats_;
  DeviceTable<DiskRates> disks_;
  GrowthSum read_;
  GrowthSum write_;
  std::uint64_t busy_ms_total_ = 0;
};

}  // namespace

std::unique_ptr<Collector> make_disk_collector(const std::string& root) {
  return std::make_unique<DiskCollector>(root);
}

}  // namespace edgeherd::agent
