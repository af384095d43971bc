// Where the regions of AWS lie, for names that answer by latency. Pure.
#pragma once

#include <string>
#include <string_view>

namespace edgeherd::settings {

// In degrees, north and east positive.
struct Location {
  double latitude = 0;
  double longitude = 0;
  bool operator==(const Location&) const = default;
};

// Along the surface of a sphere of the earth's mean radius (haversine formula).
[[nodiscard]] double distance_km(const Location& a, const Location& b);
// Of the public partition's regions that Route 53 knows.
[[nodiscard]] std::string nearest_aws_region(const Location& to);
[[nodiscard]] bool is_aws_region(std::string_view name);

}  // namespace edgeherd::settings
