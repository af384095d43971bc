// Waiting: the agent of a box that does not know yet who it is. It asks the metadata service again
// and again, and meanwhile serves a health page that says what it waits for.
//
// A page that others can reach wants a token; where that is to come with the user data, the page is
// on loopback alone until it is there. Thread: the loop's; so the loop must be stopped before it is
// destroyed, or nothing of it be running. Owner: the program.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "agent/app/config.h"
#include "common/core/result.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::agent {

// In the state directory: what the service said the last time.
inline constexpr std::string_view metadata_file = "metadata.json";

class Waiting {
 public:
  // Makes of the answer what it is for. On an error (user data that cannot be understood, say) it
  // is told on the page, and asked for anew.
  using Use = std::function<Status(const metadata::Found&)>;

  // Listens. `use` is called on the loop, never inline; after a success of it nothing more happens.
  [[nodiscard]] static Result<std::unique_ptr<Waiting>> start(const AgentConfig& config,
                                                              os::AsioLoop& loop, Use use);
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  // Where the page is.
  [[nodiscard]] const http::ListenAddress& page() const;

 private:
  class State;
  explicit Waiting(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace edgeherd::agent
