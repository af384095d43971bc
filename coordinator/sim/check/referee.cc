#include "coordinator/sim/check/referee.h"

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

bool is_good(const model::Node& node) {
  return node.verdict == model::Verdict::healthy || node.verdict == model::Verdict::degraded;
}

}  // namespace

Referee::Referee(World& world) : checkers_(make_checkers()), sights_(world.brains.size()) {}
Referee::~Referee() = default;

void Referee::ticked(World& world, std::size_t brain) {
  Sight& sight = sights_[brain];
  const Brain& process = *world.brains[brain];
  if (process.starts() != sight.starts) {
    sight.starts = process.starts();
    begin_again(world, brain, sight);
  }
  compare(world, brain, sight);
  for (const auto& checker : checkers_) checker->ticked(world, brain);
}

// A move that the new process does not know was never durable: nothing outside has come of it.
void Referee::begin_again(World& world, std::size_t brain, Sight& sight) {
  const model::Fleet& fleet = world.brains[brain]->controller().fleet();
  const bool forgot = world.brains[brain]->store().replacements() != sight.replacements;
  sight.replacements = world.brains[brain]->store().replacements();
  for (const auto& checker : checkers_) {
    if (forgot) checker->forgot(world, brain);
    for (const Known& known : sight.nodes) {
      const model::Node* node = fleet.node(known.id);
      // Who leaves at once may be further on its way than the drain within one turn.
      const bool back = node != nullptr && node->state == model::NodeState::in_service &&
                        known.state > model::NodeState::in_service;
      if (back || node == nullptr) checker->undone(world, known.id, brain);
    }
    checker->started(world, brain);
  }
  remember(fleet, sight);
}

void Referee::remember(const model::Fleet& fleet, Sight& sight) {
  sight.nodes.clear();
  for (const auto& [id, node] : fleet.nodes()) {
    sight.nodes.push_back({id, node.state, is_good(node)});
  }
}

// Both are in the order of the ids.
void Referee::compare(World& world, std::size_t brain, Sight& sight) {
  const model::Fleet& fleet = world.brains[brain]->controller().fleet();
  bool same_nodes = true;
  auto before = sight.nodes.begin();
  const auto tell_left = [&](const Known& known) {
    same_nodes = false;
    for (const auto& checker : checkers_) checker->left(world, known.id, known.state, brain);
  };
  for (const auto& [id, node] : fleet.nodes()) {
    while (before != sight.nodes.end() && before->id < id) tell_left(*before++);
    const bool known = before != sight.nodes.end() && before->id == id;
    const bool good = is_good(node);
    if (!known) {
      same_nodes = false;
      for (const auto& checker : checkers_) checker->appeared(world, node, brain);
    } else {
      if (before->state != node.state) {
        const Move move{node, before->state, node.state, brain};
        for (const auto& checker : checkers_) checker->moved(world, move);
      } else if (before->good != good && node.state == model::NodeState::in_service) {
        for (const auto& checker : checkers_) checker->health_changed(world, node, brain);
      }
      before->state = node.state;
      before->good = good;
      ++before;
    }
  }
  while (before != sight.nodes.end()) tell_left(*before++);
  if (!same_nodes) remember(fleet, sight);
}

void Referee::second(World& world) {
  for (const auto& checker : checkers_) checker->second(world);
}
void Referee::noted(World& world, const model::Note& note) {
  for (const auto& checker : checkers_) checker->noted(world, note);
}
void Referee::sending(World& world, std::size_t brain, const AgentKey& to,
                      const wire::Message& message) {
  for (const auto& checker : checkers_) checker->sending(world, brain, to, message);
}
void Referee::admitting(World& world, std::size_t brain, const AgentKey& key) {
  for (const auto& checker : checkers_) checker->admitting(world, brain, key);
}
void Referee::rebooted(World& world, std::size_t brain, const CloudCall& call) {
  for (const auto& checker : checkers_) checker->rebooted(world, brain, call);
}

void Referee::calling(World& world, std::size_t brain, const CloudCall& call) {
  for (const auto& checker : checkers_) checker->calling(world, brain, call);
}
void Referee::naming(World& world, std::size_t brain, const std::vector<act::NameSet>& names) {
  for (const auto& checker : checkers_) checker->naming(world, brain, names);
}
void Referee::destroying(World& world, const model::Vm& vm) {
  for (const auto& checker : checkers_) checker->destroying(world, vm);
}
void Referee::gone(World& world, const model::Vm& vm) {
  for (const auto& checker : checkers_) checker->gone(world, vm);
}
void Referee::viewer_failed(World& world, const ZoneId& zone, const std::string& address) {
  for (const auto& checker : checkers_) checker->viewer_failed(world, zone, address);
}
void Referee::ended(World& world) {
  for (const auto& checker : checkers_) checker->ended(world);
}

}  // namespace edgeherd::sim
