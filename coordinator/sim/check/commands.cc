// P8: no command without the coordinator's key, nor twice.
//
// Whenever an agent begins to drain, closes, or serves again, a coordinator has said so to this
// very agent, by a command that has not had its effect yet: what is doubled, late or said by
// somebody else has none.
#include <map>
#include <set>
#include <tuple>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

std::string_view verb_of(session::DrainState state) {
  switch (state) {
    case session::DrainState::serving:
      return "undrain";
    case session::DrainState::draining:
      return "drain";
    case session::DrainState::closed:
      return "close_listener";
  }
  return "";
}

class Commands final : public Checker {
 public:
  void sending(World& world, std::size_t brain, const AgentKey& to,
               const wire::Message& message) override {
    const auto* command = std::get_if<wire::Command>(&message);
    if (command == nullptr) return;
    const std::uint64_t epoch = world.brains[brain]->controller().fleet().epoch();
    if (command->epoch != epoch) {
      world.violated("P8", "the command " + command->action.str() + " has the epoch " +
                               std::to_string(command->epoch) + ", its coordinator " +
                               std::to_string(epoch));
    }
    Said& said = said_[{to, command->verb}];
    if (said.had_effect.contains(command->action)) return;  // sent again for its answer
    said.open.insert(command->action);
  }

  void second(World& world) override {
    for (const auto& [vm, box] : world.yard.all()) {
      const auto& changes = box->drain_changes();
      if (changes.empty()) continue;
      for (std::size_t& seen = seen_[vm]; seen < changes.size(); ++seen) {
        const bool was_closed = seen > 0 && changes[seen - 1] == session::DrainState::closed;
        const bool opens = was_closed && changes[seen] == session::DrainState::draining;
        obeyed(world, *box, opens ? "undrain" : verb_of(changes[seen]),
               opens ? Effect::begun : Effect::whole);
      }
    }
  }

  void gone(World&, const model::Vm& vm) override { seen_.erase(vm.id); }

 private:
  struct Said {
    std::set<ActionId> open;
    std::set<ActionId> had_effect;
  };

  // A closed node that is to serve again is draining while its listener is being opened.
  enum class Effect { begun, whole };

  // Which of several that were said it was nobody can see: the first.
  void obeyed(World& world, const Box& box, std::string_view verb, Effect effect) {
    Said& said = said_[{box.key(), std::string(verb)}];
    if (said.open.empty()) {
      return world.violated("P8", "the agent of " + box.vm().id.str() + " obeys a \"" +
                                      std::string(verb) + "\" that no coordinator has said" +
                                      (said.had_effect.empty() ? "" : " since it last obeyed one"));
    }
    if (effect == Effect::whole) said.had_effect.insert(said.open.extract(said.open.begin()));
  }

  std::map<std::pair<AgentKey, std::string>, Said> said_;
  std::map<VmId, std::size_t> seen_;
};

}  // namespace

std::unique_ptr<Checker> make_command_checker() {
  return std::make_unique<Commands>();
}

}  // namespace edgeherd::sim
