// The kernel's text files as values. Formats: proc(5), docs.kernel.org/admin-guide/iostats,
// docs.kernel.org/accounting/psi, docs.kernel.org/admin-guide/cgroup-v2.
//
// Each function answers with nothing, or leaves a member absent, when the text lacks it, was cut
// off or holds something else. None trusts its input: tests/fuzz/proc_fuzz.cc feeds them anything.
// Thread: free functions, no state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "agent/collect/edge_filter.h"
#include "agent/collect/reading.h"

namespace edgeherd::agent {

struct Load {
  double load1 = 0;
  double load5 = 0;
  double load15 = 0;
};
[[nodiscard]] std::optional<Load> parse_loadavg(std::string_view text);

// /proc/stat in ticks of sysconf(_SC_CLK_TCK). Guest time is part of user time already.
struct CpuTicks {
  std::uint64_t busy = 0;  // user, nice, system, irq, softirq, steal
  std::uint64_t idle = 0;  // idle, iowait
  std::uint32_t cpus = 0;  // lines "cpuN"
};
[[nodiscard]] std::optional<CpuTicks> parse_stat(std::string_view text);

struct Memory {
  std::optional<std::uint64_t> total_bytes;
  std::optional<std::uint64_t> available_bytes;
  std::optional<std::uint64_t> swap_total_bytes;
  std::optional<std::uint64_t> swap_free_bytes;
};
[[nodiscard]] Memory parse_meminfo(std::string_view text);

[[nodiscard]] std::optional<Pressure> parse_pressure(std::string_view text);

struct InterfaceCounters {
  std::string_view name;
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_bytes = 0;
};
// Calls `each` for every whole, well-formed line of /proc/net/dev.
void parse_net_dev(std::string_view text,
                   const std::function<void(const InterfaceCounters&)>& each);

struct DiskCounters {
  std::string_view name;
  std::uint64_t read_bytes = 0;  // a sector of this file is always 512 bytes
  std::uint64_t write_bytes = 0;
  std::uint64_t busy_ms = 0;
};
void parse_diskstats(std::string_view text, const std::function<void(const DiskCounters&)>& each);

// Sockets in /proc/net/tcp or tcp6 that are established and at the edge. Whole lines only.
[[nodiscard]] std::uint32_t count_established(std::string_view text, const EdgeFilter& edge);

// "Tcp: ... CurrEstab ..." of /proc/net/snmp: the connections of this network namespace that are
// established or half closed by their peer.
[[nodiscard]] std::optional<std::uint64_t> parse_current_established(std::string_view text);

// nginx's stub_status page.
struct StubPage {
  std::uint64_t active = 0;
  std::uint64_t requests = 0;
  std::uint64_t reading = 0;  // connections whose request is being read
  std::uint64_t writing = 0;  // ... or answered
};
[[nodiscard]] std::optional<StubPage> parse_stub_status(std::string_view text);

// A control group's file of one number; "max" (no limit) is absent.
[[nodiscard]] std::optional<std::uint64_t> parse_cgroup_number(std::string_view text);
// "quota period" of cpu.max as CPUs; "max period" is absent.
[[nodiscard]] std::optional<double> parse_cpu_max(std::string_view text);
// The number behind a key in cpu.stat or memory.stat.
[[nodiscard]] std::optional<std::uint64_t> parse_keyed(std::string_view text, std::string_view key);

}  // namespace edgeherd::agent
