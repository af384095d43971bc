#include "coordinator/providers/aws/rates.h"

#include <algorithm>

namespace edgeherd::aws {

namespace {

struct Published {
  std::string_view action;
  Rate rate;
};

// The second, larger bucket of RunInstances counts servers (1,000, two a second): as one call makes
// one server, the first one is always the smaller.
constexpr Published published[] = {
    {"RunInstances", {2, 5}},    {"TerminateInstances", {5, 100}}, {"RebootInstances", {5, 50}},
    {"StartInstances", {5, 50}}, {"DescribeInstances", {20, 100}}, {"DescribeImages", {20, 100}},
};

constexpr Rate any_other{5, 50};

}  // namespace

Rate rate_of(std::string_view action, double share) {
  Rate rate = any_other;
  for (const Published& one : published) {
    if (one.action == action) rate = one.rate;
  }
  return {rate.per_s * share, std::max(1.0, rate.burst * share)};
}

}  // namespace edgeherd::aws
