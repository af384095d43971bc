// Checker: holds a running world against one promise, by its own reckoning: from what the servers,
// the cloud, the names and the archive really are, and from how the coordinator's nodes move. It
// shares no arithmetic with the code that it checks.
//
// Thread: the loop's. Owner: the Referee.
#pragma once

#include "coordinator/model/node.h"
#include "coordinator/sim/world/world.h"

namespace edgeherd::sim {

// One node has another state than at the tick before.
struct Move {
  const model::Node& node;
  model::NodeState from;
  model::NodeState to;
  std::size_t brain;

  // It leaves service by the coordinator's own act.
  [[nodiscard]] bool departs() const {
    return from == model::NodeState::in_service && to != model::NodeState::in_service &&
           node.cause != model::Cause::lost && node.cause != model::Cause::duplicate;
  }
};

class Checker {
 public:
  virtual ~Checker() = default;
  // A node that was not there at the tick before.
  virtual void appeared(World&, const model::Node&, std::size_t /*brain*/) {}
  virtual void moved(World&, const Move&) {}
  // A node is gone from the fleet; this is what it was.
  virtual void left(World&, const NodeId&, model::NodeState /*was*/, std::size_t /*brain*/) {}
  // Its newest verdict came to be, or ceased to be, a good one, while it was in service.
  virtual void health_changed(World&, const model::Node&, std::size_t /*brain*/) {}
  // A coordinator's process is new: what it knows is what its store held.
  virtual void started(World&, std::size_t /*brain*/) {}
  // A move was never durable: the new process knows nothing of it.
  virtual void undone(World&, const NodeId&, std::size_t /*brain*/) {}
  // The store was replaced by an older one, or an empty one.
  virtual void forgot(World&, std::size_t /*brain*/) {}
  virtual void second(World&) {}
  // After each tick, and after what has moved was told.
  virtual void ticked(World&, std::size_t /*brain*/) {}
  virtual void noted(World&, const model::Note&) {}
  virtual void sending(World&, std::size_t /*brain*/, const AgentKey&, const wire::Message&) {}
  virtual void admitting(World&, std::size_t /*brain*/, const AgentKey&) {}
  virtual void calling(World&, std::size_t /*brain*/, const CloudCall&) {}
  virtual void rebooted(World&, std::size_t /*brain*/, const CloudCall&) {}
  virtual void naming(World&, std::size_t /*brain*/, const std::vector<act::NameSet>&) {}
  virtual void destroying(World&, const model::Vm&) {}
  virtual void gone(World&, const model::Vm&) {}
  virtual void viewer_failed(World&, const ZoneId&, const std::string& /*address*/) {}
  virtual void ended(World&) {}
};

}  // namespace edgeherd::sim
