#include "coordinator/model/dns_names.h"

#include <algorithm>
#include <array>

#include "common/core/text.h"
#include "coordinator/model/policy.h"

namespace edgeherd::model {

namespace {

constexpr std::string_view node_word = "{node}";
constexpr std::size_t longest_label = 63;

// In lower case; empty when it cannot stand in a name.
std::string label_of(const NodeId& node) {
  std::string label = lower_case(node.str());
  for (const char c : label) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!allowed) return "";
  }
  if (label.size() > longest_label || label.starts_with('-') || label.ends_with('-')) return "";
  return label;
}

bool has_shared_names(const ZonePolicy& zone) {
  return !zone.dns_name.empty() || !zone.region_dns_name.empty() || !zone.routed.name.empty();
}

}  // namespace

std::string plain_name(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  return lower_case(std::move(text));
}

std::string to_string(const NameKey& key) {
  return key.part.empty() ? key.name : key.name + " " + key.part;
}

NameKey name_key_from(const std::string& text) {
  const auto space = text.find(' ');
  if (space == std::string::npos) return text;
  return {text.substr(0, space), text.substr(space + 1)};
}

std::string_view to_string(RouteBy by) {
  constexpr std::array<std::string_view, 3> names = {"latency", "geoproximity", "weighted"};
  return names[static_cast<std::size_t>(by)];
}

int weight_of(std::size_t servers, int servers_per_weight) {
  const auto per = static_cast<std::size_t>(std::max(1, servers_per_weight));
  return static_cast<int>(std::min<std::size_t>((servers + per - 1) / per, most_weight));
}

std::vector<NameKey> shared_names(const ZonePolicy& zone) {
  std::vector<NameKey> names;
  if (!zone.dns_name.empty()) names.emplace_back(zone.dns_name);
  if (!zone.region_dns_name.empty()) names.emplace_back(zone.region_dns_name);
  if (!zone.routed.name.empty()) names.emplace_back(zone.routed.name, zone.routed.part);
  return names;
}

std::string node_name(const ZonePolicy& zone, const NodeId& node) {
  const auto at = zone.node_dns_name.find(node_word);
  if (at == std::string::npos) return "";
  const std::string label = label_of(node);
  if (label.empty()) return "";
  std::string name = zone.node_dns_name;
  name.replace(at, node_word.size(), label);
  return name;
}

bool has_names(const ZonePolicy& zone) {
  return has_shared_names(zone) || !zone.node_dns_name.empty();
}

bool has_names(const ZonePolicy& zone, const NodeId& node) {
  return has_shared_names(zone) || !node_name(zone, node).empty();
}

}  // namespace edgeherd::model
