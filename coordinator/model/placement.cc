#include "coordinator/model/placement.h"

#include <algorithm>

#include "coordinator/model/policy.h"

namespace edgeherd::model {

namespace {

// FNV-1a, whose last steps are those of the number: neighbours differ in all bits.
std::uint64_t mixed(const std::string& text, int number) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 1099511628211ULL; };
  for (const char c : text) add(static_cast<unsigned char>(c));
  for (int i = 0; i < 4; ++i) add(static_cast<unsigned char>(number >> (8 * i)));
  return hash;
}

}  // namespace

std::string to_string(const PlacementId& id) {
  std::string text = id.provider.str();
  if (!id.place.empty()) text += " " + id.place;
  if (!id.size.empty()) text += " " + id.size;
  return text;
}

Duration doubled_wait(int times, Duration first, Duration most) {
  Duration wait = std::min(first, most);
  for (int i = 1; i < times && wait < most; ++i) wait = wait < most / 2 ? wait * 2 : most;
  return wait;
}

Duration stock_wait(const PlacementId& id, int stock_outs, Duration first, Duration most) {
  constexpr std::int64_t steps = 1024;
  const Duration longest = most / 5 * 4;  // with the share that is added: most
  const Duration base = doubled_wait(stock_outs, first, longest);
  const auto share = static_cast<std::int64_t>(mixed(to_string(id), stock_outs) >> 32) % steps;
  return std::clamp(base + base / (4 * steps) * share, std::min(first, most), most);
}

std::vector<PlacementPolicy> placements_of(const ZonePolicy& zone) {
  if (!zone.placements.empty()) return zone.placements;
  return {{zone.place, zone.size, zone.image, zone.image_version, 0, 1, zone.price}};
}

std::optional<PlacementPolicy> placement_at(const ZonePolicy& zone, const std::string& place,
                                            const std::string& size) {
  for (PlacementPolicy& one : placements_of(zone)) {
    if (one.place == place && one.size == size) return std::move(one);
  }
  return std::nullopt;
}

const ImageId& image_at(const ZonePolicy& zone, const std::string& place, const std::string& size) {
  for (const PlacementPolicy& one : zone.placements) {
    if (one.place == place && one.size == size) return one.image;
  }
  return zone.image;
}

std::string made_of(const ImageId& image, const std::string& image_version,
                    const ZonePolicy* zone) {
  const std::string digest = zone == nullptr ? "" : zone->config_digest;
  return image.str() + '|' + image_version + '|' + digest;
}

bool has_place(const ZonePolicy& zone, const std::string& place) {
  return zone.place == place ||
         std::any_of(zone.placements.begin(), zone.placements.end(),
                     [&](const PlacementPolicy& one) { return one.place == place; });
}

}  // namespace edgeherd::model
