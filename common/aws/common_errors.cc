#include "common/aws/common_errors.h"

namespace edgeherd::aws {

namespace {

struct Meaning {
  std::string_view code;
  Errc errc;
};

constexpr Meaning meanings[] = {
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

}  // namespace

std::optional<Errc> common_error(std::string_view code) {
  for (const Meaning& known : meanings) {
    if (known.code == code) return known.errc;
  }
  return std::nullopt;
}

Errc error_of_status(int status) {
  if (status == 401 || status == 403) return Errc::refused;
  if (status == 429) return Errc::throttled;
  return status >= 500 ? Errc::unavailable : Errc::broken;
}

}  // namespace edgeherd::aws
