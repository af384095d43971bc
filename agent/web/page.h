// Page: the node's private health page, from a request to a response. docs/agent.md describes it.
//
//   /             for people          /livez   200 as long as the agent answers
//   /status.json  for programs        /readyz  200 or 503 with the reasons
//   /metrics      for Prometheus
//
// GET and HEAD alone. Where a token is configured every request must carry it, as a bearer or as
// the password of basic authentication (for browsers). Bodies are rendered when they are first
// asked for and kept while the view stays the same, those with ages in them for at most 100 ms.
// Thread: the loop's. The source and the clock outlive the page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/web/node_view.h"
#include "common/http/message.h"

namespace edgeherd::agent {

class Page {
 public:
  // An empty token lets everybody in who can reach the listener.
  Page(const NodeViewSource& source, const Clock& clock, std::string token);

  [[nodiscard]] http::Response answer(const http::Request& request);

 private:
  struct Cached {
    std::optional<std::uint64_t> revision;
    MonoTime at{};
    std::string body;
  };
  enum class Kind { people, status, metrics };

  [[nodiscard]] bool admitted(const http::Request& request) const;
  [[nodiscard]] const std::string& body(Kind kind);
  [[nodiscard]] http::Response readiness() const;

  const NodeViewSource& source_;
  const Clock& clock_;
  std::string token_;
  std::string security_policy_;
  Cached people_;
  Cached status_;
  Cached metrics_;
};

}  // namespace edgeherd::agent
