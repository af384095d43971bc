// Watcher: who looks at a world while it runs, and may find it wrong. The promises' checkers are
// watchers (coordinator/sim/check). Thread: the loop's.
#pragma once

#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/wire/messages.h"
#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/model/event.h"
#include "coordinator/model/vm.h"
#include "coordinator/sim/world/scenario.h"

namespace edgeherd::sim {

class World;

struct Violation {
  std::string promise;  // "P4"
  std::string text;
  Duration at{};  // since the start
};

// A call to a cloud that changes something there.
struct CloudCall {
  enum class Kind { create, destroy, reboot } kind = Kind::create;
  NodeId node;                              // of a creation
  VmId vm;                                  // of the others
  std::optional<bool> done = std::nullopt;  // a reboot's answer
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  // Each simulated second, after traffic and before anything else of that second.
  virtual void second(World&) {}
  // After each tick of a coordinator, with its index.
  virtual void ticked(World&, std::size_t /*brain*/) {}
  virtual void noted(World&, const model::Note&) {}
  // A coordinator is about to do something outside: a message to an agent, an agent let in, a call
  // to a cloud, names to be written. Whatever it rests on is durable by now, or should be.
  virtual void sending(World&, std::size_t /*brain*/, const AgentKey&, const wire::Message&) {}
  virtual void admitting(World&, std::size_t /*brain*/, const AgentKey&) {}
  virtual void calling(World&, std::size_t /*brain*/, const CloudCall&) {}
  virtual void rebooted(World&, std::size_t /*brain*/, const CloudCall&) {}  // or not: answered
  virtual void naming(World&, std::size_t /*brain*/, const std::vector<act::NameSet>&) {}
  // A coordinator's call to destroy this server has reached the cloud; the server is still there.
  virtual void destroying(World&, const model::Vm&) {}
  // A server is gone for good, whoever did it; its box is still there.
  virtual void gone(World&, const model::Vm&) {}
  virtual void viewer_failed(World&, const ZoneId&, const std::string& /*address*/) {}
  virtual void ended(World&) {}
};

}  // namespace edgeherd::sim
