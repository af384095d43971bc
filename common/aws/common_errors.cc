#include "common/aws/common_errors.h"

#include <algorithm>

namespace edgeherd::aws {

namespace {

constexpr Meaning of_all_services[] = {
    {"Throttling", Errc::throttled},
    {"ThrottlingException", Errc::throttled},
    {"RequestLimitExceeded", Errc::throttled},
    {"RequestThrottled", Errc::throttled},
    {"AccessDenied", Errc::refused},
    {"AccessDeniedException", Errc::refused},
    {"ExpiredToken", Errc::refused},
    {"ExpiredTokenException", Errc::refused},
    {"IncompleteSignature", Errc::refused},
    {"InvalidClientTokenId", Errc::refused},
    {"MissingAuthenticationToken", Errc::refused},
    {"OptInRequired", Errc::refused},
    {"RequestExpired", Errc::refused},
    {"RequestTimeTooSkewed", Errc::refused},
    {"SignatureDoesNotMatch", Errc::refused},
    {"InternalError", Errc::unavailable},
    {"InternalFailure", Errc::unavailable},
    {"ServiceUnavailable", Errc::unavailable},
    {"RequestTimeout", Errc::timeout},
};

std::optional<Errc> find(std::span<const Meaning> table, std::string_view code) {
  const auto found = std::ranges::find(table, code, &Meaning::code);
  return found == table.end() ? std::nullopt : std::optional(found->errc);
}

}  // namespace

std::optional<Errc> meaning_of(std::span<const Meaning> own, std::string_view code) {
  const auto known = find(own, code);
  return known ? known : find(of_all_services, code);
}

Errc error_of_status(int status) {
  if (status == 401 || status == 403) return Errc::refused;
  if (status == 429) return Errc::throttled;
  return status >= 500 ? Errc::unavailable : Errc::broken;
}

}  // namespace edgeherd::aws
