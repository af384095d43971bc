// MessageLink: an agent's connection to one coordinator, real (ZeroMQ DEALER with CURVE) or
// simulated.
//
// Messages are whole and come in order while a connection lasts, but any may be lost: a link never
// says whether one arrived. Thread: the loop's.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd {

class MessageLink {
 public:
  virtual ~MessageLink() = default;

  // Queues one message. `exhausted` when the queue is full (nothing was queued).
  virtual Status send(std::string_view message) = 0;

  // What stood in the way of a connection is gone: where there is none, one is tried at once.
  virtual void hurry() {}

  // Called for each message that comes in. Set once, before the first turn of the loop.
  virtual void on_message(std::function<void(std::string_view)> handler) = 0;
};

}  // namespace edgeherd
