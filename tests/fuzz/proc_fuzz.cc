// Any bytes as any of the kernel's files: every parser answers or declines, and an answer is a
// number that the rest of the agent can work with.
#include <cmath>
#include <cstdlib>

#include "agent/collect/counter_rate.h"
#include "agent/collect/proc_parse.h"

using namespace edgeherd;
using namespace edgeherd::agent;

namespace {

void check(bool good) {
  if (!good) std::abort();
}

// A counter fed with whatever a table holds never falls.
void feed(CounterRate& counter, int second, std::uint64_t raw) {
  const auto before = counter.total();
  counter.feed(MonoTime{std::chrono::seconds(second)}, raw % (std::uint64_t{1} << 56));
  check(counter.total() >= before);
  if (const auto rate = counter.per_second()) check(std::isfinite(*rate) && *rate >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto load = parse_loadavg(text)) check(std::isfinite(load->load1) && load->load1 >= 0);
  if (const auto ticks = parse_stat(text)) check(ticks->cpus > 0);
  if (const auto pressure = parse_pressure(text)) check(pressure->avg10_percent >= 0);
  (void)parse_meminfo(text);
  int second = 0;
  CounterRate counter;
  parse_net_dev(text,
                [&](const InterfaceCounters& found) { feed(counter, ++second, found.rx_bytes); });
  parse_diskstats(text, [&](const DiskCounters& found) {
    check(!found.name.empty());
    feed(counter, ++second, found.busy_ms);
  });
  const EdgeFilter edge{{80, 443}, std::nullopt};
  check(count_established(text, edge) <= size);
  (void)parse_current_established(text);
  (void)parse_stub_status(text);
  (void)parse_cgroup_number(text);
  if (const auto cpus = parse_cpu_max(text)) check(*cpus > 0);
  (void)parse_keyed(text, "usage_usec");
  return 0;
}
