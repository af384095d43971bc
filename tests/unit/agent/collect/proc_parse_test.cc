#include "agent/collect/proc_parse.h"

#include <array>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace edgeherd::agent;

TEST_CASE("loadavg gives three averages, or nothing when it is cut off or holds something else") {
  const auto load = parse_loadavg("0.52 1.25 10.00 2/331 4711\n");
  REQUIRE(load);
  CHECK(load->load1 == Approx(0.52));
  CHECK(load->load5 == Approx(1.25));
  CHECK(load->load15 == Approx(10.0));
  CHECK_FALSE(parse_loadavg(""));
  CHECK_FALSE(parse_loadavg("0.52 1.25"));
  CHECK_FALSE(parse_loadavg("0.52 1.25 1"));  // may have been "10.00"
  CHECK_FALSE(parse_loadavg("-1 0 0 1/2 3\n"));
  CHECK_FALSE(parse_loadavg("nan inf 0 1/2 3\n"));
}

TEST_CASE("busy time is all but idle and iowait, guest time is not counted twice") {
  const auto ticks = parse_stat(
      "cpu  10 20 30 400 500 6 7 8 9 10\n"
      "cpu0 5 10 15 200 250 3 3 4 4 5\n"
      "cpu1 5 10 15 200 250 3 4 4 5 5\n"
      "intr 1 2 3\n");
  REQUIRE(ticks);
  CHECK(ticks->busy == 10 + 20 + 30 + 6 + 7 + 8);
  CHECK(ticks->idle == 900);
  CHECK(ticks->cpus == 2);
}

TEST_CASE("a stat file without CPUs, with too few fields or cut off in its first line is absent") {
  CHECK_FALSE(parse_stat(""));
  CHECK_FALSE(parse_stat("cpu  10 20 30 400 500 6 7 8 9 10\n"));
  CHECK_FALSE(parse_stat("cpu  10 20 30\ncpu0 1 2 3\n"));
  CHECK_FALSE(parse_stat("cpu  10 20 30 400 500 6 7 8"));
  CHECK_FALSE(parse_stat("cpu  10 20 thirty 400 500 6 7 8\ncpu0 1 1 1 1 1 1 1 1\n"));
}

TEST_CASE("meminfo's keys are found by name and are absent when missing, never zero") {
  const auto memory = parse_meminfo(
      "MemTotal:        2035264 kB\nMemFree:          100 kB\nMemAvailable:    1000 kB\n"
      "SwapTotal:             0 kB\n");
  CHECK(memory.total_bytes == 2035264ULL * 1024);
  CHECK(memory.available_bytes == 1000ULL * 1024);
  CHECK(memory.swap_total_bytes == 0);
  CHECK_FALSE(memory.swap_free_bytes);
  CHECK_FALSE(parse_meminfo("MemTotal: 5 kB").total_bytes);       // no line end: cut off
  CHECK_FALSE(parse_meminfo("MemTotal: 5 pages\n").total_bytes);  // another unit
  CHECK_FALSE(parse_meminfo("MemTotal: 18446744073709551615 kB\n").total_bytes);  // overflow
}

TEST_CASE("pressure is the line 'some'") {
  const auto pressure = parse_pressure(
      "some avg10=1.50 avg60=0.22 avg300=0.29 total=6718621\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
  REQUIRE(pressure);
  CHECK(pressure->avg10_percent == Approx(1.5));
  CHECK(pressure->stalled_us_total == 6718621);
  CHECK_FALSE(parse_pressure("full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"));
  CHECK_FALSE(parse_pressure("some avg10=1.50 avg60=0.22\n"));
}

TEST_CASE("net/dev is read with names that touch the colon and with aliases") {
  std::vector<std::string> seen;
  parse_net_dev(
      "Inter-|   Receive                            |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes packets\n"
      "  eth0:234835986 4456 0 0 0 0 0 0 198592 2457 0 0 0 0 0 0\n"
      "eth0:1: 7 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0\n"
      "  bad: 1 2 3\n"
      "  cut: 1 2 3 4 5 6 7 8 9",
      [&](const InterfaceCounters& c) {
        seen.push_back(std::string(c.name) + " " + std::to_string(c.rx_bytes) + " " +
                       std::to_string(c.tx_bytes));
      });
  CHECK(seen == std::vector<std::string>{"eth0 234835986 198592", "eth0:1 7 8"});
}

TEST_CASE("diskstats counts sectors of 512 bytes and skips broken lines") {
  std::vector<std::string> seen;
  parse_diskstats(
      " 254 0 vda 53273 10708 100 9569 38796 11390 200 14068 2 11028 24242 5119 20\n"
      " 254 0 old 1 2 3 4 5 6 7 8 9 10\n"
      " 254 0 short 1 2 3\n"
      " x 0 word 1 2 3 4 5 6 7 8 9 10\n",
      [&](const DiskCounters& c) {
        seen.push_back(std::string(c.name) + " " + std::to_string(c.read_bytes) + " " +
                       std::to_string(c.write_bytes) + " " + std::to_string(c.busy_ms));
      });
  CHECK(seen == std::vector<std::string>{"vda 51200 102400 11028", "old 1536 3584 10"});
}

TEST_CASE("only established sockets on an edge port are connections") {
  EdgeFilter edge{{80, 8080}, std::nullopt};
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue\n"
      "   0: 0100007F:0050 0100007F:D2A6 01 00000000:00000000 00:00000000\n"  // 80, established
      "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000\n"  // 80, listening
      "   2: 0100007F:D2A6 0100007F:0050 01 00000000:00000000 00:00000000\n"  // the other end
      "   3: 0100007F:1F90 0100007F:D2A7 06 00000000:00000000 00:00000000\n"  // TIME_WAIT
      "   4: 00000000000000000000000001000000:1F90 0:D2A8 01 0:0 00:0\n"      // IPv6, 8080
      "   5: 0100007F:0050 0100007F:D2A9 01";                                 // cut off
  CHECK(count_established(table, edge) == 2);
  CHECK(count_established("", edge) == 0);
  edge.address = *parse_address("127.0.0.1");
  CHECK(count_established(table, edge) == 1);
  edge.address = *parse_address("::1");
  CHECK(count_established(table, edge) == 1);
  edge.address = *parse_address("127.0.0.2");
  CHECK(count_established(table, edge) == 0);
}

TEST_CASE("the kernel's own count of established connections stands under its name") {
  const std::string snmp =
      "Ip: Forwarding DefaultTTL\nIp: 1 64\n"
      "Tcp: RtoAlgorithm RtoMin MaxConn CurrEstab InSegs\n"
      "Tcp: 1 200 -1 42 6757308\n"
      "Udp: InDatagrams\nUdp: 7\n";
  CHECK(parse_current_established(snmp) == 42U);
  CHECK_FALSE(parse_current_established("Tcp: RtoMin InSegs\nTcp: 200 7\n"));
  CHECK_FALSE(parse_current_established("Tcp: RtoMin CurrEstab\nTcp: 200\n"));
  CHECK_FALSE(parse_current_established("Tcp: RtoMin CurrEstab\nTcp: 200 -1\n"));
  CHECK_FALSE(parse_current_established("Tcp: RtoMin CurrEstab\nTcp: 200 4"));
  CHECK_FALSE(parse_current_established(""));
}

TEST_CASE("stub_status gives active connections and requests") {
  const auto page = parse_stub_status(
      "Active connections: 291 \nserver accepts handled requests\n 16630948 16630946 31070465 \n"
      "Reading: 6 Writing: 179 Waiting: 106 \n");
  REQUIRE(page);
  CHECK(page->active == 291);
  CHECK(page->requests == 31070465);
  CHECK(page->reading == 6);
  CHECK(page->writing == 179);
  CHECK_FALSE(parse_stub_status("<html>404 Not Found</html>"));
  CHECK_FALSE(
      parse_stub_status("Active connections: 291 \nserver accepts handled requests\n 1 2\n"));
}

TEST_CASE("a control group without a limit says max, which is absent") {
  CHECK(parse_cgroup_number("1073741824\n") == 1073741824ULL);
  CHECK_FALSE(parse_cgroup_number("max\n"));
  CHECK(*parse_cpu_max("150000 100000\n") == Approx(1.5));
  CHECK_FALSE(parse_cpu_max("max 100000\n"));
  CHECK_FALSE(parse_cpu_max("100000 0\n"));
  CHECK(parse_keyed("usage_usec 42\nuser_usec 7\n", "user_usec") == 7);
  CHECK_FALSE(parse_keyed("usage_usec 42\n", "user_usec"));
}
