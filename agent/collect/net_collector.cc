#include "agent/collect/collectors.h"
#include "agent/collect/counter_rate.h"
#include "agent/collect/device_names.h"
#include "agent/collect/device_table.h"
#include "agent/collect/growth_sum.h"
#include "agent/collect/proc_parse.h"
#include "agent/collect/source.h"

namespace edgeherd::agent {
namespace {

struct InterfaceRates {
  CounterRate rx;
  CounterRate tx;
};

class NetCollector final : public Collector {
 public:
  explicit NetCollector(const std::string& root)
      : dev_(root, "proc/net/dev"), interfaces_(root, real_interfaces) {}

  void collect(MonoTime now, Reading& reading) override {
    if (!interfaces_.refresh(now)) return;
    const auto text = dev_.read();
    if (!text) return;
    rx_.begin();
    tx_.begin();
    parse_net_dev(*text, [&](const InterfaceCounters& counters) {
      auto* rates = interfaces_.find(counters.name);
      if (rates == nullptr) return;
      rates->rx.feed(now, counters.rx_bytes);
      rates->tx.feed(now, counters.tx_bytes);
      rx_.add(rates->rx);
      tx_.add(rates->tx);
    });
    reading.net_rx_bytes_total = rx_.total();
    reading.net_tx_bytes_total = tx_.total();
    reading.net_rx_bytes_per_s = rx_.per_second();
    reading.net_tx_bytes_per_s = tx_.per_second();
  }

 private:
  Source dev_;
  DeviceTable<InterfaceRates> interfaces_;
  GrowthSum rx_;
  GrowthSum tx_;
};

}  // namespace

std::unique_ptr<Collector> make_net_collector(const std::string& root) {
  return std::make_unique<NetCollector>(root);
}

}  // namespace edgeherd::agent
