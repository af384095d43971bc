// One ZeroMQ context: its io threads and everything that goes through them.
//
// Owner: the program's main, one per process; every socket and handler made on it is destroyed
// before it. Thread: the context may be used from any thread, each socket from one.
#pragma once

#include <memory>

#include "common/core/result.h"

namespace edgeherd::net {

class Context {
 public:
  // `unavailable` when libzmq has no CURVE or no threads are to be had.
  [[nodiscard]] static Result<std::unique_ptr<Context>> make(int io_threads);
  // Waits for the sockets' last bytes no longer than they linger: ours do not.
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] void* raw() { return context_; }

 private:
  explicit Context(void* context) : context_(context) {}
  void* context_;
};

}  // namespace edgeherd::net
