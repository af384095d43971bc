// One cloud's metadata service: asked, it says what it knows of this server.
//
// Thread: the loop's. `done` is called exactly once, never inline, and not at all once the service
// is gone; one question at a time. Errors name the URL. Redirects are answers, and never followed;
// every answer is bounded in size and time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/metadata/facts.h"
#include "common/core/event_loop.h"
#include "common/http/transport.h"

namespace edgeherd::agent::metadata {

class Service {
 public:
  using Done = std::function<void(Result<Found>)>;

  virtual ~Service() = default;
  virtual void ask(Done done) = 0;
};

// Both speak at `endpoint`, "http://169.254.169.254". AWS's by version 2 alone.
[[nodiscard]] std::unique_ptr<Service> make_service(Cloud cloud, const std::string& endpoint,
                                                    EventLoop& loop, http::Transport transport);

}  // namespace edgeherd::agent::metadata
