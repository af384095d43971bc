// The collectors one by one; make_box_collectors (collector.h) puts them together.
//
// `root` is the folder in which proc/ and sys/ lie.
#pragma once

#include <memory>
#include <string>

#include "agent/collect/collector.h"

namespace edgeherd::agent {

// Load averages and CPU time. In a container with a CPU quota the quota is the machine: `cpus` is
// the quota rounded up, and busy time is scaled so that a full quota is busy throughout.
[[nodiscard]] std::unique_ptr<Collector> make_cpu_collector(const std::string& root);

// /proc/meminfo; a container's memory.max, where it is lower, is the machine.
[[nodiscard]] std::unique_ptr<Collector> make_memory_collector(const std::string& root);

// /proc/pressure/*. Absent where the kernel was built or booted without it.
[[nodiscard]] std::unique_ptr<Collector> make_pressure_collector(const std::string& root);

// Interfaces with a device behind them (a bond's members, not the bond). A box without one, such as
// a container, counts its other Ethernet-like interfaces, without lo, bridges, veths and tunnels.
[[nodiscard]] std::unique_ptr<Collector> make_net_collector(const std::string& root);

// Whole block devices with hardware behind them: no partitions, loop, ram, zram, dm, md or optical.
[[nodiscard]] std::unique_ptr<Collector> make_disk_collector(const std::string& root);

// By sock_diag when root is "/", else and where that fails by /proc/net/tcp and tcp6. Both walk
// over everything that the machine has room for; so they are asked only when the kernel's own count
// of established connections (/proc/net/snmp) has moved, or after 5 s. From 1,000 connections on
// that count's movement stands in for the walk in between, since one connection more or less, of
// another port, says nothing there: near 0, where a drain ends, the number is always a counted one.
[[nodiscard]] std::unique_ptr<Collector> make_connection_collector(const std::string& root,
                                                                   EdgeFilter edge);

}  // namespace edgeherd::agent
