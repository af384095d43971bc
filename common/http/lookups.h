// Names to addresses, on threads of their own: a name whose servers do not answer holds up those
// who ask for it, and nobody else. Inside common/http only.
//
// One lookup of a name is under way at a time; who asks meanwhile gets the same answer. A thread
// lives while there is something to look up. The system's call cannot be interrupted: at the end
// nobody waits for one that hangs; its thread has what it needs, and ends with it or with the
// program. Thread: the loop's. Owner: the client; `io` outlives it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "common/http/client.h"

namespace edgeherd::http {

class Lookups {
 public:
  static constexpr std::size_t at_once = 8;
  static constexpr std::size_t most_names = 256;  // under way, or waiting for a thread

  using Done = std::function<void(const Result<std::vector<std::string>>&)>;
  // Who drops it is not called any more.
  using Place = std::shared_ptr<const Done>;

  Lookups(boost::asio::io_context& io, LookUp look_up);
  ~Lookups();
  Lookups(const Lookups&) = delete;
  Lookups& operator=(const Lookups&) = delete;

  // `done` is called on the loop, once, never inline. `exhausted` when too many names wait.
  [[nodiscard]] Place find(const std::string& host, Done done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// As the system finds them: files, then name servers.
[[nodiscard]] Result<std::vector<std::string>> system_look_up(const std::string& host);

}  // namespace edgeherd::http
