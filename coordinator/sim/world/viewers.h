// Viewers: the traffic. They ask a zone's name now and then, and go to what it answered until they
// ask again, as resolvers keep answers for a record's TTL.
//
// Thread: the loop's. What it is given outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/sim/sim_dns.h"
#include "coordinator/sim/world/scenario.h"
#include "coordinator/sim/world/yard.h"

namespace edgeherd::sim {

[[nodiscard]] std::string dns_name_of(const ZoneId& zone);
inline constexpr Duration dns_ttl = 30s;

class Viewers {
 public:
  Viewers(SimLoop& world, const Scenario& scenario, SimDns& dns, Yard& yard, SimRandom random);

  // One second of traffic.
  void second();
  // Traffic of a zone times `factor`, from now on.
  void scale(const ZoneId& zone, double factor);
  // So many of its answers are errors, from now on.
  void set_errors(const ZoneId& zone, double share);
  [[nodiscard]] double errors(const ZoneId& zone) const;
  // Told of each address that a viewer with a valid answer went to in vain; of those who came by
  // another name than a zone's, that name stands for the zone.
  void on_failure(std::function<void(const ZoneId&, const std::string& address)> listener) {
    on_failure_ = std::move(listener);
  }

  [[nodiscard]] double asked() const { return asked_; }
  [[nodiscard]] double unanswered() const { return unanswered_; }  // nobody there
  [[nodiscard]] double overloaded() const { return overloaded_; }
  // What the zone's viewers ask for each second now.
  [[nodiscard]] double rate(const ZoneId& zone) const;

 private:
  static constexpr std::size_t groups = 4;  // ask at different times of a TTL
  struct Crowd {
    const ZoneScenario* zone = nullptr;
    std::string name;
    double factor = 1;
    double errors = 0;  // share of the answers
    double noise = 0;
    double rate = 0;
    std::vector<std::vector<std::string>> answers{groups};
    std::map<std::string, double> shares;  // of the rate, by address
  };
  void ask_again(Crowd& crowd, std::size_t group);
  void draw_rate(Crowd& crowd);

  SimLoop& world_;
  const Scenario& scenario_;
  SimDns& dns_;
  Yard& yard_;
  SimRandom random_;
  // Those who come by other names: too few to be a load, but each is to be served.
  void look_again(std::size_t group);
  void few_more();

  std::vector<Crowd> crowds_;
  std::vector<std::map<std::string, act::NameKey>> looked_{groups};  // by address
  std::set<std::string> looked_at_;                                  // all of these addresses
  bool by_many_names_ = false;
  std::int64_t seconds_ = 0;
  double asked_ = 0;
  double unanswered_ = 0;
  double overloaded_ = 0;
  std::function<void(const ZoneId&, const std::string&)> on_failure_;
};

}  // namespace edgeherd::sim
