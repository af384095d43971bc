// Referee: all checkers of one world. It sees how nodes move from tick to tick, and tells them.
//
// Thread: the loop's. The world outlives it.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "coordinator/sim/check/checker.h"
#include "coordinator/sim/world/watcher.h"

namespace edgeherd::sim {

class Referee final : public Watcher {
 public:
  explicit Referee(World& world);
  ~Referee() override;

  void second(World& world) override;
  void ticked(World& world, std::size_t brain) override;
  void noted(World& world, const model::Note& note) override;
  void sending(World& world, std::size_t brain, const AgentKey& to,
               const wire::Message& message) override;
  void admitting(World& world, std::size_t brain, const AgentKey& key) override;
  void calling(World& world, std::size_t brain, const CloudCall& call) override;
  void rebooted(World& world, std::size_t brain, const CloudCall& call) override;
  void naming(World& world, std::size_t brain, const std::vector<act::NameSet>& names) override;
  void destroying(World& world, const model::Vm& vm) override;
  void gone(World& world, const model::Vm& vm) override;
  void viewer_failed(World& world, const ZoneId& zone, const std::string& address) override;
  void ended(World& world) override;

 private:
  struct Known {
    NodeId id;
    model::NodeState state;
    bool good;
  };
  struct Sight {
    std::vector<Known> nodes;  // at the tick before, by id
    std::uint64_t starts = 0;
    std::uint64_t replacements = 0;
  };
  void compare(World& world, std::size_t brain, Sight& sight);
  void begin_again(World& world, std::size_t brain, Sight& sight);
  static void remember(const model::Fleet& fleet, Sight& sight);

  std::vector<std::unique_ptr<Checker>> checkers_;
  std::vector<Sight> sights_;
};

}  // namespace edgeherd::sim
