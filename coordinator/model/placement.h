// Placements: where a zone's servers may come from, what they cost there, and how that went lately.
//
// Values; pure. Thread: any.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "common/core/clock.h"
#include "common/core/ids.h"

namespace edgeherd::model {

// Money an hour, in whole millionths of the currency that the configuration's prices are in: sums
// are exact.
struct Price {
  std::int64_t micros_per_hour = 0;
  auto operator<=>(const Price&) const = default;
};

// One way for a zone to get a server.
struct PlacementPolicy {
  std::string place;  // the provider's name for where it is
  std::string size;   // the provider's size name
  ImageId image;
  std::string image_version;
  int priority = 0;            // the lowest number with stock is taken
  int weight = 1;              // the share of launches among those of one priority; at least 1
  std::optional<Price> price;  // absent: not known
};

// What a provider runs out of: one size in one place.
struct PlacementId {
  ProviderId provider;
  std::string place;
  std::string size;
  auto operator<=>(const PlacementId&) const = default;
};
// "ocean lon1 s-2vcpu-4gb", without what is empty.
[[nodiscard]] std::string to_string(const PlacementId& id);

// How the launches there went lately. Two things may close it for a while: consecutive failed
// boots, which at last stop it (Breakers::failed_boots_stop), and the provider's no to a launch: it
// has none (stock), or will not make it. The code in front of stock_failure tells the latter.
struct Placement {
  int consecutive_failures = 0;
  std::optional<MonoTime> not_before;
  std::string last_failure;
  int stock_outs = 0;  // in a row; a wave of launches that is refused is one
  std::optional<MonoTime> stock_not_before;
  std::string stock_failure;
  std::string made_of;  // the servers of the newest failure (policy.h); empty: not known
  bool operator==(const Placement&) const = default;
};

// The wait after the nth time in a row: `first`, doubled with each, and never longer than `most`.
[[nodiscard]] Duration doubled_wait(int times, Duration first, Duration most);
// How long a placement is closed by its nth stock-out in a row: doubling, and longer by a share
// that is drawn from its name, so that placements which ran out together are not asked together.
[[nodiscard]] Duration stock_wait(const PlacementId& id, int stock_outs, Duration first,
                                  Duration most);

}  // namespace edgeherd::model
