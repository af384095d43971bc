// AgentApp: the agent of one box, put together from its rooms.
//
// Thread: the loop's; so the loop must be stopped before it is destroyed. Owner: main.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "agent/app/config.h"
#include "common/core/result.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::agent {

class AgentApp {
 public:
  // Reads the configuration again; standalone mode has none and answers with an error.
  using Loader = std::function<Result<AgentConfig>()>;

  // Takes the state directory, measures once, and listens; on an error nothing is left running.
  [[nodiscard]] static Result<std::unique_ptr<AgentApp>> start(AgentConfig config, Loader loader,
                                                               os::AsioLoop& loop);
  ~AgentApp();
  AgentApp(const AgentApp&) = delete;
  AgentApp& operator=(const AgentApp&) = delete;

  // Takes the checks from the configuration anew. An invalid one changes nothing, and is said.
  Status reload();

  // Of the health page.
  [[nodiscard]] std::uint16_t port() const;

 private:
  class State;
  explicit AgentApp(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace edgeherd::agent
