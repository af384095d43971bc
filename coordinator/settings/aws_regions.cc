#include "coordinator/settings/aws_regions.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace edgeherd::settings {

namespace {

struct Region {
  std::string_view name;
  Location at;
};

// By AWS's public list of regions: the place that each is named after.
constexpr Region regions[] = {
    {"af-south-1", {-33.92, 18.42}},       // Cape Town
    {"ap-east-1", {22.32, 114.17}},        // Hong Kong
    {"ap-east-2", {25.03, 121.57}},        // Taipei
    {"ap-northeast-1", {35.68, 139.69}},   // Tokyo
    {"ap-northeast-2", {37.57, 126.98}},   // Seoul
    {"ap-northeast-3", {34.69, 135.50}},   // Osaka
    {"ap-south-1", {19.08, 72.88}},        // Mumbai
    {"ap-south-2", {17.39, 78.49}},        // Hyderabad
    {"ap-southeast-1", {1.35, 103.82}},    // Singapore
    {"ap-southeast-2", {-33.87, 151.21}},  // Sydney
    {"ap-southeast-3", {-6.21, 106.85}},   // Jakarta
    {"ap-southeast-4", {-37.81, 144.96}},  // Melbourne
    {"ap-southeast-5", {3.14, 101.69}},    // Kuala Lumpur
    {"ap-southeast-6", {-36.85, 174.76}},  // Auckland
    {"ap-southeast-7", {13.76, 100.50}},   // Bangkok
    {"ca-central-1", {45.50, -73.57}},     // Montreal
    {"ca-west-1", {51.05, -114.07}},       // Calgary
    {"eu-central-1", {50.11, 8.68}},       // Frankfurt
    {"eu-central-2", {47.38, 8.54}},       // Zurich
    {"eu-north-1", {59.33, 18.07}},        // Stockholm
    {"eu-south-1", {45.46, 9.19}},         // Milan
    {"eu-south-2", {41.65, -0.88}},        // Zaragoza
    {"eu-west-1", {53.35, -6.26}},         // Dublin
    {"eu-west-2", {51.51, -0.13}},         // London
    {"eu-west-3", {48.86, 2.35}},          // Paris
    {"il-central-1", {32.09, 34.78}},      // Tel Aviv
    {"me-central-1", {25.20, 55.27}},      // Dubai
    {"me-south-1", {26.07, 50.56}},        // Manama
    {"mx-central-1", {20.59, -100.39}},    // Queretaro
    {"sa-east-1", {-23.55, -46.63}},       // Sao Paulo
    {"us-east-1", {38.95, -77.45}},        // northern Virginia
    {"us-east-2", {39.96, -83.00}},        // Columbus
    {"us-west-1", {37.35, -121.96}},       // northern California
    {"us-west-2", {45.84, -119.70}},       // Oregon
};

constexpr double earth_radius_km = 6371;

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

}  // namespace

double distance_km(const Location& a, const Location& b) {
  const double north = std::sin(radians(b.latitude - a.latitude) / 2);
  const double east = std::sin(radians(b.longitude - a.longitude) / 2);
  const double h =
      north * north + std::cos(radians(a.latitude)) * std::cos(radians(b.latitude)) * east * east;
  return 2 * earth_radius_km * std::asin(std::min(1.0, std::sqrt(h)));
}

std::string nearest_aws_region(const Location& to) {
  return std::string(std::ranges::min(regions, {}, [&](const Region& region) {
                       return distance_km(region.at, to);
                     }).name);
}

bool is_aws_region(std::string_view name) {
  return std::ranges::any_of(regions, [&](const Region& region) { return region.name == name; });
}

}  // namespace edgeherd::settings
