#include "coordinator/dns/digitalocean/records.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "common/core/text.h"

namespace edgeherd::dns {

namespace json = boost::json;
using digitalocean::Fields;

namespace {

constexpr std::string_view apex = "@";
constexpr std::uint64_t longest_ttl_s = 2'147'483'647;  // RFC 2181, section 8

// The API's names are within their domain.
std::string full_name(std::string name, std::string_view domain) {
  name = lower_case(std::move(name));
  if (name == apex || name.empty()) return std::string(domain);
  return name + "." + std::string(domain);
}

std::string name_within(const std::string& full, std::string_view domain) {
  if (full == domain) return std::string(apex);
  return full.substr(0, full.size() - domain.size() - 1);
}

long long whole_seconds(Duration ttl) {
  return std::chrono::duration_cast<std::chrono::seconds>(ttl).count();
}

}  // namespace

std::string records_path(std::string_view domain) {
  return "/v2/domains/" + std::string(domain) + "/records";
}

Result<digitalocean::Page<CloudRecord>> parse_records(std::string_view body,
                                                      std::string_view domain) {
  return digitalocean::page_in<CloudRecord>(
      body, records_path(domain), "domain_records",
      [domain](const json::object& object, const std::string& path) -> Result<CloudRecord> {
        Fields fields(object, path);
        CloudRecord record;
        record.id = std::to_string(fields.count("id"));
        record.type = fields.text("type");
        record.name = full_name(fields.text("name"), domain);
        record.data = fields.optional_text("data");
        // Only what may become ours must be whole.
        if (record.type == "A") {
          const std::uint64_t ttl_s = fields.count("ttl");
          if (ttl_s > longest_ttl_s) fields.wrong("ttl", "longer than any TTL is");
          record.ttl = std::chrono::seconds(std::min(ttl_s, longest_ttl_s));
        }
        if (auto good = fields.status(); !good) return good.error();
        return record;
      });
}

std::vector<act::NameSet> answers_of(const std::vector<CloudRecord>& records,
                                     const std::vector<std::string>& names) {
  std::map<std::string_view, act::NameSet> answers;
  for (const std::string& name : names) answers[name].name = name;
  for (const CloudRecord& record : records) {
    const auto answer = record.type == "A" ? answers.find(record.name) : answers.end();
    if (answer == answers.end()) continue;
    answer->second.addresses.insert(record.data);
    answer->second.ttl = std::max(answer->second.ttl, record.ttl);
  }
  std::vector<act::NameSet> found;
  for (const std::string& name : names) found.push_back(answers[name]);
  return found;
}

void plan_change(const std::vector<CloudRecord>& records, const act::NameSet& wanted,
                 const std::string& domain, Steps& steps) {
  std::map<std::string, const CloudRecord*> kept;  // by address
  std::vector<digitalocean::ApiRequest> removals;
  for (const CloudRecord& record : records) {
    if (record.type != "A" || record.name != wanted.name) continue;
    const bool is_kept = wanted.addresses.contains(record.data) && !kept.contains(record.data);
    if (is_kept) kept[record.data] = &record;
    // Also the second of two of one address.
    if (!is_kept) removals.push_back({"DELETE", records_path(domain) + "/" + record.id});
  }
  auto& step = 2 * kept.size() >= wanted.addresses.size() ? steps.drop : steps.remove;
  std::move(removals.begin(), removals.end(), std::back_inserter(step));
  const long long ttl = whole_seconds(wanted.ttl);
  for (const std::string& address : wanted.addresses) {
    const auto known = kept.find(address);
    if (known == kept.end()) {
      steps.add.push_back({"POST", records_path(domain),
                           json::serialize(json::object{{"type", "A"},
                                                        {"name", name_within(wanted.name, domain)},
                                                        {"data", address},
                                                        {"ttl", ttl}})});
    } else if (known->second->ttl != wanted.ttl) {
      steps.adjust.push_back({"PATCH", records_path(domain) + "/" + known->second->id,
                              json::serialize(json::object{{"type", "A"}, {"ttl", ttl}})});
    }
  }
}

}  // namespace edgeherd::dns
