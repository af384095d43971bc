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

class Access {
 public:
  // Without tokens every caller may read and change: only to be used on loopback.
  explicit Access(std::vector<Token> tokens = {}) : tokens_(std::move(tokens)) {}

  // Reads "Authorization: Bearer <token>". Nothing if a token was given that is not known; a caller
  // without one is `anyone` (or "local" with every right while no token is configured).
  [[nodiscard]] std::optional<Caller> caller(const http::Request& request) const;
  // No token is configured.
  [[nodiscard]] bool open() const { return tokens_.empty(); }

 private:
  std::vector<Token> tokens_;
};

}  // namespace edgeherd::api
