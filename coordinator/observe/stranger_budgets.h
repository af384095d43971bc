// What strangers may say: a little by each key, so that none takes what all have together.
//
// Keys cost a stranger nothing, so what is remembered of them is bounded. Thread: the loop's.
// Owner: the GatewayCore.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "common/core/clock.h"
#include "common/core/token_bucket.h"

namespace edgeherd::observe {

class StrangerBudgets {
 public:
  // When so many speak at a time, all of them begin afresh.
  static constexpr std::size_t most_keys = 4096;

  StrangerBudgets(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Whether this key may say one thing more now.
  [[nodiscard]] bool take(std::string_view key, MonoTime now);
  [[nodiscard]] std::size_t remembered() const { return keys_.size(); }

 private:
  void make_room(MonoTime now);

  double per_second_;
  double burst_;
  std::unordered_map<std::string, TokenBucket> keys_;
};

}  // namespace edgeherd::observe
