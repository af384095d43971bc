// SimDns: the twin of a DNS service. Thread: the loop's. `world` outlives it; it outlives
// coordinators. One coordinator may attach() its loop; several at once connect().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/sim/sim_loop.h"
#include "coordinator/act/seams/dns_provider.h"

namespace edgeherd::sim {

class SimDns final : public act::DnsProvider {
 public:
  explicit SimDns(SimLoop& world);
  ~SimDns() override;

  void read(std::vector<act::NameKey> names,
            std::function<void(Result<std::vector<act::NameSet>>)> done) override;
  void write(std::vector<act::NameSet> wanted, std::function<void(Status)> done) override;
  [[nodiscard]] act::ReadPeriods read_periods() const override;

  void attach(EventLoop& process);
  void detach();
  // The service as one coordinator sees it; nobody hears answers once this is destroyed.
  [[nodiscard]] std::unique_ptr<act::DnsProvider> connect(EventLoop& process);

  void set_quiet_period(Duration period);

  // Faults, from now on.
  void set_latency(Duration latency);
  void fail_reads(bool failing);
  void fail_writes(bool failing);
  void hang(bool hanging);  // no answers at all
  // Of one name: somebody's alias in its way, so that it cannot be read either, or no right to
  // change it: no write that has it is taken. Or readings are answered without a word of it.
  enum class Obstacle { none, alias, no_right, left_out };
  void put_in_the_way(const act::NameKey& name, Obstacle obstacle);
  // What is written is to be read only after so long.
  void set_lag(Duration lag);

  [[nodiscard]] bool readable() const;  // by a coordinator

  // What the name answers at this moment; and all that there is.
  [[nodiscard]] const std::set<std::string>& addresses(const act::NameKey& name) const;
  [[nodiscard]] const std::map<act::NameKey, act::NameSet>& sets() const;
  void set(act::NameSet names);  // by somebody else
  [[nodiscard]] std::uint64_t writes() const;

 private:
  class Port;
  struct State;
  std::shared_ptr<State> state_;
  std::unique_ptr<Port> own_;  // of whoever is attached
};

}  // namespace edgeherd::sim
