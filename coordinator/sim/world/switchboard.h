// Switchboard: the network between the agents and the coordinators, with everything that can befall
// it. Each agent has one connection to each coordinator; its routing id is new whenever the
// connection is.
//
// Thread: the loop's. What it is given outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/ids.h"
#include "common/sim/sim_link.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/model/vm.h"
#include "coordinator/observe/gateway_core.h"

namespace edgeherd::sim {

// A coordinator's end.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // `user` is the key that the transport vouches for.
  virtual void receive(observe::Port port, const std::string& routing_id, const AgentKey& user,
                       std::string_view bytes) = 0;
};

// One fault of the network: what it does to whom.
struct NetEffect {
  std::function<bool(const model::Vm&)> strikes;
  Path to_coordinator = Path::open;
  Path to_agent = Path::open;
  double loss = 0;
  double duplicate = 0;
  double reorder = 0;
  Duration delay{};
};

class Switchboard {
 public:
  Switchboard(SimLoop& world, SimRandom random, Duration delay);
  ~Switchboard();

  // -- the agents' side
  struct Ends {
    MessageLink* fleet;
    MessageLink* enroll;
  };
  // A new agent process of this server. `connected` is told when a connection came up anew.
  std::vector<Ends> plug_in(const model::Vm& vm, const AgentKey& key, std::size_t coordinators,
                            std::function<void(std::size_t)> connected);
  void unplug(const VmId& vm);

  // -- the coordinators' side; `index` counts coordinators from 0
  void attach(std::size_t index, Exchange& exchange);
  void detach(std::size_t index);
  Status send(std::size_t index, observe::Port port, std::string_view routing_id,
              std::string_view bytes);

  // Bytes of somebody whose key is this, on a connection of his own or, if he has one, on that.
  void say_as(std::size_t index, observe::Port port, const AgentKey& key, std::string_view bytes);

  // Whose connection this is; empty when it is gone.
  [[nodiscard]] AgentKey key_of(std::size_t index, std::string_view routing_id) const;
  // Bytes to a server's agent on its fleet connection, as if this coordinator had said them.
  void say_to(std::size_t index, const AgentKey& key, std::string_view bytes);

  // -- the weather; an effect holds until it is lifted
  std::uint64_t put(NetEffect effect);
  void lift(std::uint64_t effect);
  // Whether nothing at all passes, in one direction at least.
  [[nodiscard]] bool cut_off(const model::Vm& vm) const;
  // Whether a request to this server and its answer would pass now.
  [[nodiscard]] bool round_trip(const model::Vm& vm);

 private:
  struct Line;
  [[nodiscard]] LinkConditions conditions(const model::Vm& vm, Direction direction) const;
  void apply_weather(Line& line);
  void apply_weather();
  void come_up(Line& line);

  SimLoop& world_;
  SimRandom random_;
  Duration delay_;
  std::map<VmId, std::vector<std::shared_ptr<Line>>> lines_;
  std::vector<std::map<std::string, Line*, std::less<>>> by_routing_;  // by coordinator
  std::vector<Exchange*> exchanges_;
  std::map<std::uint64_t, NetEffect> effects_;
  std::uint64_t last_effect_ = 0;
  std::uint64_t last_routing_ = 0;
};

}  // namespace edgeherd::sim
