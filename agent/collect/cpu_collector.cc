#include <algorithm>
#include <cmath>

#include <unistd.h>

#include "agent/collect/collectors.h"
#include "agent/collect/counter_rate.h"
#include "agent/collect/proc_parse.h"
#include "agent/collect/source.h"

namespace edgeherd::agent {
namespace {

class CpuCollector final : public Collector {
 public:
  explicit CpuCollector(const std::string& root)
      : load_(root, "proc/loadavg"),
        stat_(root, "proc/stat"),
        cgroup_max_(root, "sys/fs/cgroup/cpu.max"),
        cgroup_stat_(root, "sys/fs/cgroup/cpu.stat"),
        ms_per_tick_(1000 / static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)))) {}

  void collect(MonoTime now, Reading& reading) override {
    if (const auto text = load_.read()) {
      if (const auto load = parse_loadavg(*text)) {
        reading.load1 = load->load1;
        reading.load5 = load->load5;
        reading.load15 = load->load15;
      }
    }
    if (!collect_quota(now, reading)) collect_machine(now, reading);
  }

 private:
  void collect_machine(MonoTime now, Reading& reading) {
    const auto text = stat_.read();
    const auto ticks = text ? parse_stat(*text) : std::nullopt;
    if (!ticks) return;
    busy_ticks_.feed(now, ticks->busy);
    idle_ticks_.feed(now, ticks->idle);
    reading.cpus = ticks->cpus;
    reading.cpu_busy_ms_total = busy_ticks_.total() * ms_per_tick_;
    reading.cpu_total_ms_total = (busy_ticks_.total() + idle_ticks_.total()) * ms_per_tick_;
    const auto busy = busy_ticks_.growth();
    const auto idle = idle_ticks_.growth();
    if (busy && idle && *busy + *idle > 0) {
      reading.cpu_busy_ratio = static_cast<double>(*busy) / static_cast<double>(*busy + *idle);
    }
  }

  // The top of a box's control groups has no cpu.max; where it is there, we are inside a container.
  bool collect_quota(MonoTime now, Reading& reading) {
    const auto max_text = cgroup_max_.read();
    const auto quota = max_text ? parse_cpu_max(*max_text) : std::nullopt;
    if (!quota || *quota > max_cpus) return false;
    const auto stat_text = cgroup_stat_.read();
    const auto used_us = stat_text ? parse_keyed(*stat_text, "usage_usec") : std::nullopt;
    if (!used_us) return false;
    used_us_.feed(now, *used_us);
    const double cpus = std::max(1.0, std::ceil(*quota));
    const double scale = cpus / *quota;
    if (const auto growth = used_us_.growth()) {
      busy_ms_ += static_cast<double>(*growth) / 1000 * scale;
      const double passed_ms = seconds(now - quota_at_) * 1000 * cpus;
      total_ms_ += passed_ms;
      if (passed_ms > 0) {
        const double busy_ratio = static_cast<double>(*growth) / 1000 * scale / passed_ms;
        reading.cpu_busy_ratio = std::min(1.0, busy_ratio);
      }
    }
    quota_at_ = now;
    reading.cpus = static_cast<std::uint32_t>(cpus);
    reading.cpu_busy_ms_total = static_cast<std::uint64_t>(busy_ms_);
    reading.cpu_total_ms_total = static_cast<std::uint64_t>(total_ms_);
    return true;
  }

  static constexpr double max_cpus = 65536;  // more is no quota but a broken file

  Source load_;
  Source stat_;
  Source cgroup_max_;
  Source cgroup_stat_;
  std::uint64_t ms_per_tick_;
  CounterRate busy_ticks_;
  CounterRate idle_ticks_;
  CounterRate used_us_;
  MonoTime quota_at_{};
  double busy_ms_ = 0;
  double total_ms_ = 0;
};

class PressureCollector final : public Collector {
 public:
  explicit PressureCollector(const std::string& root)
      : cpu_(root, "proc/pressure/cpu"),
        memory_(root, "proc/pressure/memory"),
        io_(root, "proc/pressure/io") {}

  void collect(MonoTime, Reading& reading) override {
    reading.cpu_pressure = read(cpu_);
    reading.memory_pressure = read(memory_);
    reading.io_pressure = read(io_);
  }

 private:
  static std::optional<Pressure> read(Source& source) {
    const auto text = source.read();
    return text ? parse_pressure(*text) : std::nullopt;
  }

  Source cpu_;
  Source memory_;
  Source io_;
};

}  // namespace

std::unique_ptr<Collector> make_cpu_collector(const std::string& root) {
  return std::make_unique<CpuCollector>(root);
}

std::unique_ptr<Collector> make_pressure_collector(const std::string& root) {
  return std::make_unique<PressureCollector>(root);
}

}  // namespace edgeherd::agent
