#include "coordinator/api/access.h"

#include "common/crypto/digest.h"

namespace edgeherd::api {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::anyone:
      return "anyone";
    case Role::viewer:
      return "viewer";
    case Role::operator_:
      return "operator";
  }
  return "anyone";
}

std::optional<Caller> Access::caller(const http::Request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  if (open()) return Caller{"local", Role::operator_};
  const std::string_view given = http::header(request.headers, "Authorization");
  if (given.empty()) return Caller{"", Role::anyone};
  if (given.size() <= scheme.size() || !http::same_name(given.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  const std::string digest = crypto::to_hex(crypto::sha256(given.substr(scheme.size())));
  const Token* found = nullptr;
  for (const Token& token : tokens_) {
    // All are compared, so that the time taken says nothing about which one matched.
    if (crypto::constant_time_equal(digest, token.sha256_hex)) found = &token;
  }
  if (found == nullptr) return std::nullopt;
  return Caller{found->name, found->role};
}

}  // namespace edgeherd::api
