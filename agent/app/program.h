// Program: the agent from its first configuration on: it works at once, or first waits for the
// metadata service that its image names.
//
// Thread: the loop's; it is destroyed when the loop has stopped. Owner: main.
#pragma once

#include <memory>
#include <optional>

#include "agent/app/agent_app.h"
#include "agent/app/options.h"
#include "agent/app/waiting.h"
#include "common/os/asio_loop.h"

namespace edgeherd::agent {

class Program {
 public:
  // `options` and `loop` outlive it.
  Program(const Options& options, os::AsioLoop& loop) : options_(options), loop_(loop) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // On an error nothing is left running.
  Status start(AgentConfig config);
  // Reads the checks again; says what came of it.
  void hang_up();
  // Good, or why the loop was stopped other than by a signal.
  [[nodiscard]] const Status& outcome() const { return outcome_; }

 private:
  Status work(AgentConfig config);
  Status leave_waiting(const metadata::Found& found);
  [[nodiscard]] Result<AgentConfig> read_again() const;

  const Options& options_;
  os::AsioLoop& loop_;
  std::optional<metadata::Found> found_;
  std::unique_ptr<Waiting> waiting_;
  std::unique_ptr<AgentApp> app_;
  Status outcome_;
};

}  // namespace edgeherd::agent
