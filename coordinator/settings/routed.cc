// The routed name, which every region has a part of, and how the parts are told apart.
#include <algorithm>
#include <cmath>
#include <map>

#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

using config::Need;
using config::Section;
using model::RouteBy;

constexpr int most_bias = 99;
constexpr int most_addresses = 400;  // of one record set, by Route 53

std::string where(const RegionText& region) {
  return region.file + ":" + std::to_string(region.at.line);
}

int hundredths(double degrees) {
  return static_cast<int>(std::lround(degrees * 100));
}

// All files together, as they speak of one region.
struct Region {
  const RegionText* first = nullptr;
  RegionText all;
  int most_servers = 0;
};
using Regions = std::map<RegionId, Region>;
using Report = std::function<void(const RegionText&, const std::string&)>;

template <class Value>
void join(Value& all, const Value& one, const Value& unset, std::string_view key,
          const Region& region, const RegionText& text, const Report& report) {
  if (one == unset || one == all) return;
  if (all != unset) {
    return report(text, "\"" + std::string(key) + "\" of region " + text.id.str() +
                            " is another one at " + where(*region.first));
  }
  all = one;
}

Regions join_files(const std::vector<RegionText>& texts, const Report& report) {
  Regions regions;
  for (const RegionText& text : texts) {
    Region& region = regions[text.id];
    if (region.first == nullptr) {
      region.first = &text;
      region.all = text;
      continue;
    }
    join(region.all.location, text.location, {}, "location", region, text, report);
    join(region.all.aws_region, text.aws_region, {}, "aws_region", region, text, report);
    join(region.all.bias, text.bias, 0, "bias", region, text, report);
    join(region.all.weight, text.weight, 0, "weight", region, text, report);
  }
  return regions;
}

model::Route route_of(const Region& region, RouteBy by, const std::string& name,
                      const Report& report) {
  model::Route route;
  route.by = by;
  const RegionText& all = region.all;
  if (by == RouteBy::weighted) {
    route.weight = all.weight;
    return route;
  }
  if (by == RouteBy::geoproximity) route.bias = all.bias;
  route.aws_region = all.aws_region;
  if (!all.aws_region.empty()) return route;
  if (!all.location) {
    report(*region.first, "region " + all.id.str() +
                              " needs a \"location\", or an \"aws_region\" "
                              "in \"routed\": " +
                              name + " is answered by " + std::string(to_string(by)));
  } else if (by == RouteBy::latency) {
    route.aws_region = nearest_aws_region(*all.location);
  } else {
    route.latitude_hundredths = hundredths(all.location->latitude);
    route.longitude_hundredths = hundredths(all.location->longitude);
  }
  return route;
}

// Two record sets of one name that Route 53 could not tell apart, which it refuses.
void check_alike(const std::map<RegionId, model::Route>& routes, const Regions& regions,
                 const Report& report) {
  std::vector<std::pair<RegionId, model::Route>> before;
  for (const auto& [id, route] : routes) {
    model::Route place = route;
    place.bias = 0;
    const auto same = std::ranges::find(before, place, &std::pair<RegionId, model::Route>::second);
    if (route.by != RouteBy::weighted && same != before.end()) {
      report(*regions.at(id).first,
             "region " + id.str() + " and region " + same->first.str() + " are both " +
                 (route.aws_region.empty() ? "at one place" : "nearest to " + route.aws_region) +
                 ", and Route 53 takes one part for it: give one of them another \"aws_region\" "
                 "in \"routed\"" +
                 (route.by == RouteBy::latency ? ", or use \"geoproximity\"" : ""));
    }
    before.emplace_back(id, place);
  }
}

}  // namespace

void read_routed(Section& dns, const Types& types, Dns& into, Reading& reading) {
  auto s = dns.section("routed", Need::optional);
  if (!s) return;
  Routed routed;
  s->text("name", routed.name, Need::required);
  routed.name = model::plain_name(routed.name);
  s->choice("policy", routed.by,
            {{"latency", RouteBy::latency},
             {"geoproximity", RouteBy::geoproximity},
             {"weighted", RouteBy::weighted}},
            Need::required);
  s->finish();
  if (types.dns.contains(into.type) && !types.routing_dns.contains(into.type)) {
    dns.problem("routed",
                "\"" + into.type + "\" has no names that are answered by region; \"route53\" has");
    return;
  }
  into.routed = routed;
  if (const config::Value* name = s->raw("name"); name != nullptr && !routed.name.empty()) {
    reading.routed_at = name->at;
  }
}

void read_place(Section& region, RegionText& text) {
  if (auto s = region.section("location", Need::optional)) {
    Location at;
    s->number("latitude", at.latitude, -90, 90, Need::required);
    s->number("longitude", at.longitude, -180, 180, Need::required);
    s->finish();
    text.location = at;
  }
  auto s = region.section("routed", Need::optional);
  if (!s) return;
  s->text("aws_region", text.aws_region, Need::optional);
  if (s->has("aws_region") && !is_aws_region(text.aws_region)) {
    s->problem("aws_region", "there is no region \"" + text.aws_region + "\" of AWS");
  }
  s->integer("bias", text.bias, -most_bias, most_bias, Need::optional);
  s->integer("weight", text.weight, 1, model::most_weight, Need::optional);
  s->finish();
}

void route_regions(const Reading& reading, Settings& settings, const Report& report) {
  if (!settings.dns.routed) return;
  const Routed& routed = *settings.dns.routed;
  Regions regions = join_files(reading.regions, report);
  for (const auto& [id, zone] : settings.policy.zones) {
    regions.at(zone.region).most_servers += zone.max_servers;
  }
  std::map<RegionId, model::Route> routes;
  int most = 1;
  for (const auto& [id, region] : regions) {
    routes[id] = route_of(region, routed.by, routed.name, report);
    most = std::max(most, std::min(region.most_servers, most_addresses));
  }
  check_alike(routes, regions, report);
  for (auto& [id, zone] : settings.policy.zones) {
    zone.routed.name = routed.name;
    zone.routed.part = "edgeherd/" + settings.policy.fleet_id + "/" + zone.region.str();
    zone.routed.route = routes.at(zone.region);
    zone.routed.servers_per_weight = (most + model::most_weight - 1) / model::most_weight;
  }
}

}  // namespace edgeherd::settings
