// Notifier: where events go besides the log (webhook, program). It is told all of them; each target
// has a threshold of its own.
#pragma once

#include "coordinator/act/seams/history.h"

namespace edgeherd::act {

// Never blocks and never fails the caller: what cannot be delivered is retried within bounds, then
// counted.
class Notifier {
 public:
  virtual ~Notifier() = default;
  virtual void notify(const EventRecord& record) = 0;
};

}  // namespace edgeherd::act
