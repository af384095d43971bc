#include "agent/collect/collectors.h"

#include "agent/collect/device_names.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/collect/fixture_tree.h"

using namespace edgeherd;
using namespace edgeherd::agent;
using edgeherd::test::FixtureTree;

namespace {

MonoTime at(int s) {
  return MonoTime{std::chrono::seconds(s)};
}

Reading read(Collector& collector, int second) {
  Reading reading;
  collector.collect(at(second), reading);
  return reading;
}

std::string stat(int busy, int idle) {
  const std::string numbers =
      std::to_string(busy) + " 0 0 " + std::to_string(idle) + " 0 0 0 0 0 0\n";
  return "cpu  " + numbers + "cpu0 " + numbers + "cpu1 " + numbers + "intr 5\n";
}

void physical(FixtureTree& box, const std::string& name) {
  box.folder("sys/class/net/" + name + "/device");
}
void disk(FixtureTree& box, const std::string& name) {
  box.folder("sys/block/" + name + "/device");
}

std::string dev(const std::string& name, int rx, int tx) {
  return name + ": " + std::to_string(rx) + " 0 0 0 0 0 0 0 " + std::to_string(tx) +
         " 0 0 0 0 0 0 0\n";
}

std::string diskstat(const std::string& name, int read, int written, int busy_ms) {
  return " 254 0 " + name + " 0 0 " + std::to_string(read) + " 0 0 0 " + std::to_string(written) +
         " 0 0 " + std::to_string(busy_ms) + " 0\n";
}

}  // namespace

TEST_CASE("every measurement of an empty box is absent, none is zero") {
  FixtureTree box;
  Reading reading;
  for (const auto& collector :
       make_box_collectors({.root = box.root(), .edge = {{80}, std::nullopt}})) {
    collector->collect(at(1), reading);
  }
  CHECK_FALSE(reading.load1);
  CHECK_FALSE(reading.cpus);
  CHECK_FALSE(reading.cpu_busy_ms_total);
  CHECK_FALSE(reading.mem_total_bytes);
  CHECK_FALSE(reading.cpu_pressure);
  CHECK_FALSE(reading.net_rx_bytes_total);
  CHECK_FALSE(reading.disk_read_bytes_total);
  CHECK_FALSE(reading.disk_busy_ms_total);
  CHECK_FALSE(reading.edge_connections);
}

TEST_CASE("the machine that runs this test can be measured") {
  Reading reading;
  for (const auto& collector :
       make_box_collectors({.root = "/", .edge = {{80, 443}, std::nullopt}})) {
    collector->collect(at(1), reading);
  }
  REQUIRE(reading.load1);
  REQUIRE(reading.cpus);
  CHECK(*reading.cpus > 0);
  REQUIRE(reading.mem_available_bytes);
  CHECK(*reading.mem_available_bytes < *reading.mem_total_bytes);
  CHECK(reading.edge_connections);
}

TEST_CASE("CPU time is counted in milliseconds over all CPUs since the agent started") {
  FixtureTree box;
  box.write("proc/stat", stat(1000, 9000));
  auto cpu = make_cpu_collector(box.root());
  const auto first = read(*cpu, 1);
  CHECK(first.cpus == 2U);
  CHECK(first.cpu_busy_ms_total == 0U);
  CHECK_FALSE(first.cpu_busy_ratio);

  box.write("proc/stat", stat(1050, 9150));
  const auto second = read(*cpu, 2);
  CHECK(second.cpu_busy_ms_total == 500U);
  CHECK(second.cpu_total_ms_total == 2000U);
  CHECK(*second.cpu_busy_ratio == Approx(0.25));
}

TEST_CASE("an idle counter that steps back, as iowait may, gives no ratio instead of a wrong one") {
  FixtureTree box;
  box.write("proc/stat", stat(1000, 9000));
  auto cpu = make_cpu_collector(box.root());
  (void)read(*cpu, 1);
  box.write("proc/stat", stat(1100, 8999));
  const auto reading = read(*cpu, 2);
  CHECK_FALSE(reading.cpu_busy_ratio);
  CHECK(reading.cpu_busy_ms_total == 1000U);
}

TEST_CASE("a file that is cut off, or comes back later, is absent meanwhile") {
  FixtureTree box;
  box.write("proc/loadavg", "0.5 0.");
  auto cpu = make_cpu_collector(box.root());
  CHECK_FALSE(read(*cpu, 1).load1);
  box.write("proc/loadavg", "0.5 0.4 0.3 1/2 3\n");
  CHECK(*read(*cpu, 2).load1 == Approx(0.5));

  auto memory = make_memory_collector(box.root());
  CHECK_FALSE(read(*memory, 1).mem_total_bytes);
  box.write("proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 60 kB\n");
  Reading later;
  for (int second = 2; second <= 11; ++second) later = read(*memory, second);
  CHECK(later.mem_total_bytes == 102400U);
}

TEST_CASE("inside a container the quota is the machine") {
  FixtureTree box;
  box.write("proc/stat", stat(1000, 9000));
  box.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  box.write("sys/fs/cgroup/cpu.stat", "usage_usec 1000000\nuser_usec 1\n");
  auto cpu = make_cpu_collector(box.root());
  (void)read(*cpu, 1);
  box.write("sys/fs/cgroup/cpu.stat", "usage_usec 1500000\nuser_usec 1\n");
  const auto reading = read(*cpu, 2);
  CHECK(reading.cpus == 1U);
  CHECK(*reading.cpu_busy_ratio == Approx(1.0));  // half a CPU used, half a CPU allowed
  CHECK(reading.cpu_busy_ms_total == 1000U);

  box.write("proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 900000 kB\n");
  box.write("sys/fs/cgroup/memory.max", "104857600\n");
  box.write("sys/fs/cgroup/memory.current", "62914560\n");
  box.write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 20971520\n");
  auto memory = make_memory_collector(box.root());
  const auto limited = read(*memory, 1);
  CHECK(limited.mem_total_bytes == 104857600U);
  CHECK(limited.mem_available_bytes == 104857600U - 62914560U + 20971520U);
}

TEST_CASE("a container's limit above the machine's memory changes nothing") {
  FixtureTree box;
  box.write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 900 kB\n");
  box.write("sys/fs/cgroup/memory.max", "104857600\n");
  auto memory = make_memory_collector(box.root());
  CHECK(read(*memory, 1).mem_total_bytes == 1024000U);
  box.write("sys/fs/cgroup/memory.max", "max\n");
  CHECK(read(*memory, 2).mem_total_bytes == 1024000U);
}

TEST_CASE("only interfaces with a device behind them are counted, all of them") {
  FixtureTree box;
  physical(box, "eth0");
  physical(box, "eth1");
  box.write("sys/class/net/veth1/type", "1\n");
  box.write("sys/class/net/lo/type", "772\n");
  box.write("proc/net/dev",
            dev("lo", 5, 5) + dev("eth0", 100, 10) + dev("eth1", 0, 0) + dev("veth1", 9, 9));
  auto net = make_net_collector(box.root());
  (void)read(*net, 1);
  box.write("proc/net/dev",
            dev("lo", 99, 99) + dev("eth0", 300, 20) + dev("eth1", 50, 5) + dev("veth1", 99, 99));
  const auto reading = read(*net, 3);
  CHECK(reading.net_rx_bytes_total == 250U);
  CHECK(reading.net_tx_bytes_total == 15U);
  CHECK(*reading.net_rx_bytes_per_s == Approx(125));
}

TEST_CASE("a box without hardware counts what stands in for it, not bridges, veths and tunnels") {
  FixtureTree box;
  for (const auto* name : {"eth0", "veth12", "docker0", "ifb0", "br0", "tap0"}) {
    box.write(std::string("sys/class/net/") + name + "/type", "1\n");
  }
  box.write("sys/class/net/lo/type", "772\n");
  box.write("sys/class/net/wg0/type", "65534\n");
  box.folder("sys/class/net/br0/bridge");
  box.write("sys/class/net/tap0/tun_flags", "0x1002\n");
  CHECK(real_interfaces(box.root()) == std::vector<std::string>{"eth0"});
}

TEST_CASE("a wrapped interface counter goes on, one that was reset adds nothing") {
  FixtureTree box;
  physical(box, "eth0");
  box.write("proc/net/dev", "eth0: 4294967200 0 0 0 0 0 0 0 5000 0 0 0 0 0 0 0\n");
  auto net = make_net_collector(box.root());
  (void)read(*net, 1);
  box.write("proc/net/dev", "eth0: 104 0 0 0 0 0 0 0 10 0 0 0 0 0 0 0\n");
  const auto reading = read(*net, 2);
  CHECK(reading.net_rx_bytes_total == 200U);
  CHECK(reading.net_tx_bytes_total == 0U);
  CHECK_FALSE(reading.net_tx_bytes_per_s);
}

TEST_CASE("an interface that appears later is found, and starts from where it stands") {
  FixtureTree box;
  physical(box, "eth0");
  box.write("proc/net/dev", dev("eth0", 0, 0));
  auto net = make_net_collector(box.root());
  (void)read(*net, 1);
  physical(box, "eth1");
  box.write("proc/net/dev", dev("eth0", 1, 1) + dev("eth1", 1'000'000, 1'000'000));
  (void)read(*net, 32);
  box.write("proc/net/dev", dev("eth0", 1, 1) + dev("eth1", 1'000'010, 1'000'001));
  CHECK(read(*net, 33).net_rx_bytes_total == 11U);
}

TEST_CASE("disks are whole real devices, and busy is the busiest of each interval") {
  FixtureTree box;
  disk(box, "vda");
  disk(box, "nvme0n1");
  disk(box, "sr0");
  box.folder("sys/block/dm-0");
  box.folder("sys/block/loop0");
  const auto stats = [&](int a, int b, int busy_a, int busy_b) {
    return diskstat("vda", a, 0, busy_a) + diskstat("vda1", a, 0, busy_a) +
           diskstat("nvme0n1", 0, b, busy_b) + diskstat("dm-0", 99 * a, 99 * b, 9 * busy_a) +
           diskstat("loop0", 5 * a, 0, 0);
  };
  box.write("proc/diskstats", stats(0, 0, 0, 0));
  auto disks = make_disk_collector(box.root());
  CHECK(read(*disks, 1).disk_busy_ms_total == 0U);
  box.write("proc/diskstats", stats(10, 4, 300, 700));
  const auto second = read(*disks, 2);
  CHECK(second.disk_read_bytes_total == 5120U);
  CHECK(second.disk_write_bytes_total == 2048U);
  CHECK(second.disk_busy_ms_total == 700U);
  CHECK(*second.disk_busy_ratio == Approx(0.7));
  box.write("proc/diskstats", stats(10, 4, 800, 800));
  const auto third = read(*disks, 3);
  CHECK(third.disk_busy_ms_total == 1200U);
  CHECK(*third.disk_busy_ratio == Approx(0.5));
}

TEST_CASE("connections are counted from the tables when the kernel's query cannot be used") {
  FixtureTree box;
  box.write("proc/net/tcp",
            "  sl  local_address rem_address   st\n"
            "   0: 0100007F:0050 0100007F:D2A6 01 0:0 0:0\n");
  auto connections = make_connection_collector(box.root(), {{80}, std::nullopt});
  CHECK(read(*connections, 1).edge_connections == 1U);
  box.write("proc/net/tcp", "  sl  local_address rem_address   st\n");
  CHECK(read(*connections, 2).edge_connections == 0U);
}

namespace {

void connect(FixtureTree& box, int edge, int established) {
  std::string table = "  sl  local_address rem_address   st\n";
  for (int i = 0; i < edge; ++i) table += "   0: 0100007F:0050 0100007F:D2A6 01 0:0 0:0\n";
  box.write("proc/net/tcp", table);
  box.write("proc/net/snmp", "Tcp: CurrEstab\nTcp: " + std::to_string(established) + "\n");
}

}  // namespace

TEST_CASE("connections are counted anew when the kernel's own count has moved, or after 5 s") {
  FixtureTree box;
  auto connections = make_connection_collector(box.root(), {{80}, std::nullopt});
  connect(box, 3, 10);
  CHECK(read(*connections, 1).edge_connections == 3U);
  connect(box, 2, 10);  // one went and another came, of another port
  CHECK(read(*connections, 2).edge_connections == 3U);
  CHECK(read(*connections, 5).edge_connections == 3U);
  CHECK(read(*connections, 6).edge_connections == 2U);
  connect(box, 0, 8);
  CHECK(read(*connections, 7).edge_connections == 0U);
  connect(box, 900, 908);
  CHECK(read(*connections, 8).edge_connections == 900U);
}

TEST_CASE("from a thousand connections on the kernel's own count tells how many more or fewer") {
  FixtureTree box;
  auto connections = make_connection_collector(box.root(), {{80}, std::nullopt});
  connect(box, 1200, 1300);
  CHECK(read(*connections, 1).edge_connections == 1200U);
  connect(box, 1240, 1350);
  CHECK(read(*connections, 2).edge_connections == 1250U);
  connect(box, 1150, 1260);
  CHECK(read(*connections, 3).edge_connections == 1160U);
  CHECK(read(*connections, 6).edge_connections == 1150U);
  connect(box, 7, 110);
  CHECK(read(*connections, 7).edge_connections == 7U);
}

TEST_CASE("where the kernel's own count cannot be read connections are counted each time") {
  FixtureTree box;
  auto connections = make_connection_collector(box.root(), {{80}, std::nullopt});
  for (const int there : {4, 5, 0}) {
    connect(box, there, 10);
    box.remove("proc/net/snmp");
    CHECK(read(*connections, 1).edge_connections == static_cast<std::uint32_t>(there));
  }
}
