// The error codes that services of AWS share ("Common Error Types" of each one's API reference, and
// what EC2 and S3 answer for the same). Thread: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::aws {

struct Meaning {
  std::string_view code;
  Errc errc;
};

// What `code` means by the service's `own` table, or to all services; nothing of any other.
[[nodiscard]] std::optional<Errc> meaning_of(std::span<const Meaning> own, std::string_view code);

// Of an answer without a code that is known: anybody between may have sent it, so that its 404 is
// not the service's word that nothing is there.
[[nodiscard]] Errc error_of_status(int status);

}  // namespace edgeherd::aws
