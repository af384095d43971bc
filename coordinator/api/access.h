// Who may do what over the HTTP API: bearer tokens with roles. Thread: a value type.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.h"

namespace edgeherd::api {

// Ordered: a role may do all that a smaller one may.
enum class Role {
  anyone,     // no token needed
  viewer,     // reads
  operator_,  // changes
};
[[nodiscard]] std::string_view to_string(Role role);

// The token itself is never kept: its SHA-256 is compared.
struct Token {
  std::string name;  // who; in the event log
  Role role = Role::viewer;
  std::string sha256_hex;  // lower case
};

struct Caller {
  std::string name;
  Role role = Role::anyone;
};

// Who can send requests, by the address that the server is bound to, whatever a file says now.
enum class Reach { this_machine, network };

class Access {
 public:
  // Without tokens every caller on this machine may read and change, and one from the network
  // nothing that needs a role.
  explicit Access(std::vector<Token> tokens = {}, Reach reach = Reach::network)
      : tokens_(std::move(tokens)), reach_(reach) {}

  // Reads "Authorization: Bearer <token>". Nothing if a token was given that is not known; a caller
  // without one is `anyone` (or "local" with every right while this is open()).
  [[nodiscard]] std::optional<Caller> caller(const http::Request& request) const;
  // No token is configured, and none is needed.
  [[nodiscard]] bool open() const { return tokens_.empty() && reach_ == Reach::this_machine; }

 private:
  std::vector<Token> tokens_;
  Reach reach_;
};

}  // namespace edgeherd::api
