#include "coordinator/dns/route53/record_sets.h"

#include <algorithm>
#include <cmath>

#include <boost/asio/ip/address_v4.hpp>
#include <pugixml.hpp>

#include "common/aws/common_errors.h"
#include "common/core/number.h"
#include "common/core/text.h"
#include "common/http/message.h"

namespace edgeherd::dns {

namespace {

constexpr std::size_t longest_quote = 300;

Error broken(const std::string& what) {
  return fail(Errc::broken, "Route 53's list of record sets: " + what);
}

std::string plain_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (name.ends_with('.')) name.pop_back();
  return name;
}

// "-74.01", "+51.5"; nothing for what is no such number.
std::optional<int> hundredths(std::string_view text) {
  constexpr double most_degrees = 180;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto value = parse_number<double>(text);
  if (!value || !(std::abs(*value) <= most_degrees)) return {};
  return static_cast<int>(std::lround(*value * 100));
}

std::string degrees(int hundredths) {
  const int whole = std::abs(hundredths) / 100;
  const std::string part = std::to_string(100 + std::abs(hundredths) % 100).substr(1);
  return (hundredths < 0 ? "-" : "") + std::to_string(whole) + "." + part;
}

// Nothing for what ours never have.
std::optional<model::Route> route_of(const pugi::xml_node& node) {
  for (const char* other : {"GeoLocation", "Failover", "MultiValueAnswer", "HealthCheckId",
                            "CidrRoutingConfig", "TrafficPolicyInstanceId"}) {
    if (node.child(other)) return std::nullopt;
  }
  model::Route route;
  if (const auto weight = node.child("Weight")) {
    const auto value = parse_number<long>(weight.child_value());
    if (!value || *value < 0 || *value > model::most_weight) return std::nullopt;
    route.weight = static_cast<int>(*value);
    return route;
  }
  if (const auto region = node.child("Region")) {
    route.by = model::RouteBy::latency;
    route.aws_region = region.child_value();
    return route;
  }
  const auto place = node.child("GeoProximityLocation");
  if (!place || place.child("LocalZoneGroup")) return std::nullopt;
  route.by = model::RouteBy::geoproximity;
  route.aws_region = place.child_value("AWSRegion");
  if (const auto bias = place.child("Bias")) {
    const auto value = parse_number<long>(bias.child_value());
    if (!value) return std::nullopt;
    route.bias = static_cast<int>(*value);
  }
  if (const auto at = place.child("Coordinates")) {
    const auto latitude = hundredths(at.child_value("Latitude"));
    const auto longitude = hundredths(at.child_value("Longitude"));
    if (!latitude || !longitude) return std::nullopt;
    route.latitude_hundredths = *latitude;
    route.longitude_hundredths = *longitude;
  }
  return route;
}

void add_route(pugi::xml_node set, const model::Route& route) {
  if (route.by == model::RouteBy::weighted) {
    set.append_child("Weight").text().set(route.weight);
  } else if (route.by == model::RouteBy::latency) {
    set.append_child("Region").text().set(route.aws_region.c_str());
  }
}

// Behind the addresses, as the API's own description has it.
void add_place(pugi::xml_node set, const model::Route& route) {
  if (route.by != model::RouteBy::geoproximity) return;
  auto place = set.append_child("GeoProximityLocation");
  if (!route.aws_region.empty()) {
    place.append_child("AWSRegion").text().set(route.aws_region.c_str());
  } else {
    auto at = place.append_child("Coordinates");
    at.append_child("Latitude").text().set(degrees(route.latitude_hundredths).c_str());
    at.append_child("Longitude").text().set(degrees(route.longitude_hundredths).c_str());
  }
  place.append_child("Bias").text().set(route.bias);
}

struct Text final : pugi::xml_writer {
  std::string bytes;
  void write(const void* data, std::size_t size) override {
    bytes.append(static_cast<const char*>(data), size);
  }
};

Result<RecordSet> set_of(const pugi::xml_node& node) {
  RecordSet set;
  set.name = plain_name(node.child_value("Name"));
  set.part = node.child_value("SetIdentifier");
  const std::string_view type = node.child_value("Type");
  if (set.name.empty() || type.empty()) return broken("a set without name or type");
  if (type == "CNAME") set.kind = SetKind::in_the_way;
  if (type != "A") return set;
  const auto records = node.child("ResourceRecords");
  const auto route = route_of(node);
  if (!records || node.child("AliasTarget") || (!set.part.empty() && !route)) {
    set.kind = SetKind::in_the_way;
    return set;
  }
  set.kind = SetKind::addresses;
  set.addresses.name = set.name;
  for (const auto& record : records.children("ResourceRecord")) {
    set.addresses.addresses.insert(record.child_value("Value"));
  }
  const auto ttl = parse_number<long>(node.child_value("TTL"));
  if (!ttl || *ttl < 0 || *ttl > 0x7fffffff) return broken(set.name + ": no TTL");
  set.addresses.ttl = std::chrono::seconds(*ttl);
  if (set.part.empty()) return set;
  set.addresses.part = set.part;
  set.addresses.route = route;
  Text text;
  node.print(text, "", pugi::format_raw);
  set.xml = std::move(text.bytes);
  return set;
}

void add_change(pugi::xml_node changes, const char* action, const act::NameSet& set) {
  auto change = changes.append_child("Change");
  change.append_child("Action").text().set(action);
  auto records = change.append_child("ResourceRecordSet");
  records.append_child("Name").text().set((set.name + ".").c_str());
  records.append_child("Type").text().set("A");
  if (!set.part.empty()) {
    records.append_child("SetIdentifier").text().set(set.part.c_str());
    add_route(records, *set.route);
  }
  records.append_child("TTL").text().set(static_cast<long long>(millis(set.ttl) / 1000));
  auto values = records.append_child("ResourceRecords");
  for (const std::string& address : set.addresses) {
    values.append_child("ResourceRecord").append_child("Value").text().set(address.c_str());
  }
  if (!set.part.empty()) add_place(records, *set.route);
}

// The set is deleted just as it was read: the service may write numbers in its own way.
void add_deletion(pugi::xml_node changes, const SetChange& of) {
  if (of.before_xml.empty()) return add_change(changes, "DELETE", of.before);
  auto change = changes.append_child("Change");
  change.append_child("Action").text().set("DELETE");
  change.append_buffer(of.before_xml.data(), of.before_xml.size());
}

constexpr aws::Meaning meanings[] = {
    {"PriorRequestNotComplete", Errc::throttled},
    {"LimitsExceeded", Errc::exhausted},
    {"InvalidChangeBatch", Errc::conflict},
    {"NoSuchHostedZone", Errc::not_found},
    {"NoSuchChange", Errc::not_found},
};

Errc sort(std::string_view code, int status) {
  if (const auto known = aws::meaning_of(meanings, code)) return *known;
  const Errc by_status = aws::error_of_status(status);
  return by_status == Errc::broken && !code.empty() ? Errc::invalid : by_status;
}

}  // namespace

std::optional<Error> in_the_way(const RecordSets& all, const act::NameKey& key) {
  for (auto at = all.lower_bound(key.name); at != all.end() && at->first.name == key.name; ++at) {
    const RecordSet& set = at->second;
    const bool is_itself = at->first == key;
    const bool is_beside = !key.part.empty() && !set.part.empty();
    if (is_itself && set.kind != SetKind::addresses) {
      return fail(Errc::conflict,
                  key.name + " is an alias, or has what none of ours has: " +
                      (key.part.empty() ? "a record set of somebody's" : "the set " + key.part));
    }
    if (is_itself || is_beside) continue;
    return fail(Errc::conflict, key.part.empty()
                                    ? key.name + " has a routing policy, which is none of ours"
                                    : key.name +
                                          " has a record set without a routing policy, "
                                          "beside which none of ours can stand");
  }
  return std::nullopt;
}

Result<RecordPage> parse_record_page(std::string_view xml) {
  pugi::xml_document document;
  const std::string text = readable(std::string(xml));  // pugixml takes any bytes
  const auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default);
  if (!parsed) return broken(std::string("no whole XML: ") + parsed.description());
  const auto root = document.child("ListResourceRecordSetsResponse");
  const auto sets = root.child("ResourceRecordSets");
  if (!sets) return broken("no ResourceRecordSets in the answer");
  RecordPage page;
  for (const auto& node : sets.children("ResourceRecordSet")) {
    auto set = set_of(node);
    if (!set) return set.error();
    page.sets.push_back(std::move(*set));
  }
  const std::string_view truncated = root.child_value("IsTruncated");
  if (truncated != "true" && truncated != "false") return broken("it does not say whether it ends");
  if (truncated == "false") return page;
  page.next = {{"name", root.child_value("NextRecordName")},
               {"type", root.child_value("NextRecordType")}};
  if (page.next[0].second.empty() || page.next[1].second.empty()) {
    return broken("it goes on, but does not say where");
  }
  const std::string identifier = root.child_value("NextRecordIdentifier");
  if (!identifier.empty()) page.next.emplace_back("identifier", identifier);
  return page;
}

Result<std::string> change_batch(const std::vector<SetChange>& changes) {
  pugi::xml_document document;
  auto root = document.append_child("ChangeResourceRecordSetsRequest");
  root.append_attribute("xmlns").set_value("https://route53.amazonaws.com/doc/2013-04-01/");
  auto list = root.append_child("ChangeBatch").append_child("Changes");
  for (const SetChange& change : changes) {
    for (const std::string& address : change.wanted.addresses) {
      boost::system::error_code failed;
      (void)boost::asio::ip::make_address_v4(address, failed);
      if (failed) {
        return fail(Errc::invalid, change.wanted.name + ": \"" + address + "\" is no address");
      }
    }
    const bool routed = change.wanted.route.has_value();
    if (!change.wanted.part.empty() && !routed && !change.wanted.addresses.empty()) {
      return fail(Errc::invalid, change.wanted.name + ": a part without a routing policy");
    }
    if (!change.before.addresses.empty()) add_deletion(list, change);
    if (!change.wanted.addresses.empty()) add_change(list, "CREATE", change.wanted);
  }
  Text text;
  document.save(text, "", pugi::format_raw);
  return text.bytes;
}

std::optional<ChangeInfo> parse_change(std::string_view xml) {
  constexpr std::string_view before_id = "/change/";
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_default)) return std::nullopt;
  const auto info = document.document_element().child("ChangeInfo");
  std::string_view id = info.child_value("Id");
  if (id.starts_with(before_id)) id.remove_prefix(before_id.size());
  const bool plain = !id.empty() && std::ranges::all_of(id, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
  const std::string_view status = info.child_value("Status");
  if (!plain || (status != "PENDING" && status != "INSYNC")) return std::nullopt;
  return ChangeInfo{std::string(id), status == "PENDING" ? Progress::pending : Progress::in_sync};
}

Error parse_route53_error(int status, std::string_view xml) {
  std::string code;
  std::string message = "Route 53 answered " + std::to_string(status);
  pugi::xml_document document;
  if (document.load_buffer(xml.data(), xml.size(), pugi::parse_default)) {
    // <ErrorResponse><Error>, but of a batch that is invalid the error is the root, with messages.
    const auto root = document.document_element();
    const auto error = root.child("Error");
    code = quoted_words(error.child_value("Code"), longest_quote);
    std::string text = quoted_words(error.child_value("Message"), longest_quote);
    if (code.empty() && root.child("Messages")) {
      code = quoted_words(root.name(), longest_quote);
      text = quoted_words(root.child("Messages").child_value("Message"), longest_quote);
    }
    if (!code.empty()) message += " " + code + (text.empty() ? "" : ": " + text);
  }
  if (code.empty()) message += " " + std::string(http::reason_phrase(status));
  return fail(sort(code, status), message);
}

}  // namespace edgeherd::dns
