#include "common/core/backoff.h"

#include <algorithm>

namespace edgeherd {

Duration Backoff::next(Random& random) {
  const int doublings = std::min(failures_, 30);
  ++failures_;
  const double ceiling =
      std::min(seconds(cap_), seconds(base_) * static_cast<double>(1LL << doublings));
  const double floor = std::min(ceiling, seconds(base_) / 2);
  return from_seconds(floor + random.unit() * (ceiling - floor));
}

}  // namespace edgeherd
