// How often EC2 may be asked: one bucket of tokens for each action, in each region of an account.
//
// Thread: free functions, safe from any.
#pragma once

#include <string_view>

#include "common/aws/budget.h"

namespace edgeherd::aws {

// Source: "Request throttling for the Amazon EC2 API", EC2 developer guide, and what users report;
// `share` of it is ours.
[[nodiscard]] Rate rate_of(std::string_view action, double share);

}  // namespace edgeherd::aws
