#include <algorithm>
#include <map>

#include <arpa/inet.h>

#include "coordinator/dns/file/zone.h"

namespace edgeherd::dns {

namespace {

constexpr std::size_t max_name_bytes = 253;  // RFC 1035, 2.3.4, as text
constexpr std::size_t max_label_bytes = 63;
constexpr Duration max_ttl = std::chrono::seconds(0x7fffffff);

using Wanted = std::map<std::string, const act::NameSet*>;

// A label of letters, digits, '-' and '_': what may stand in a zone file without escapes.
bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= max_label_bytes &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > max_name_bytes) return false;
  for (std::size_t begin = 0;;) {
    const auto dot = name.find('.', begin);
    if (!is_label(name.substr(begin, dot - begin))) return false;
    if (dot == std::string_view::npos) return true;
    begin = dot + 1;
  }
}

Error wrong(const Zone& zone, const std::string& name, const std::string& what) {
  return fail(Errc::invalid, zone.file + ": name '" + name + "': " + what);
}

Status check(const Zone& zone, const std::string& name, const act::NameSet& set) {
  if (!is_name(name)) return wrong(zone, set.name, "not a host name");
  if (name != zone.origin && !name.ends_with("." + zone.origin)) {
    return wrong(zone, set.name, "not within zone '" + zone.origin + "'");
  }
  if (set.ttl < Duration{} || set.ttl > max_ttl) return wrong(zone, set.name, "impossible TTL");
  for (const std::string& address : set.addresses) {
    in_addr ignored{};
    if (::inet_pton(AF_INET, address.c_str(), &ignored) != 1) {
      return wrong(zone, set.name, "'" + address + "' is no IPv4 address");
    }
  }
  return {};
}

Result<Wanted> index_wanted(const Zone& zone, const std::vector<act::NameSet>& sets) {
  Wanted wanted;
  for (const act::NameSet& set : sets) {
    const std::string name = plain_name(set.name);
    if (auto checked = check(zone, name, set); !checked) return checked.error();
    if (!wanted.emplace(name, &set).second) return wrong(zone, set.name, "given twice");
  }
  return wanted;
}

// Nothing foreign may share a name with us, nor hang on one of our lines.
Status check_foreign(const Zone& zone, const Wanted& wanted) {
  bool after_ours = false;
  for (const ZoneRecord& record : zone.records) {
    const auto conflict = [&](const std::string& what) {
      return fail(Errc::conflict, zone.file + ":" + std::to_string(record.line) + ": " + what);
    };
    const bool leaves = record.ours && wanted.contains(record.owner);
    const bool hangs_on = record.owner_left_out && after_ours;
    if (hangs_on && !leaves) {
      return conflict("this record takes its name from a record of Edgeherd's; write the name out");
    }
    after_ours = leaves;
    const bool clashes = record.type == "A" || record.type == "CNAME";
    if (!record.ours && clashes && wanted.contains(record.owner)) {
      return conflict("'" + record.owner + "' has a record that is not Edgeherd's");
    }
  }
  return {};
}

std::string line_of(const std::string& name, const std::string& address, Duration ttl) {
  return name + ". " + std::to_string(millis(ttl) / 1000) + " IN A " + address + " ; edgeherd\n";
}

bool is_there_already(const Zone& zone, const Wanted& wanted) {
  std::multiset<std::string> now;
  std::multiset<std::string> then;
  for (const ZoneRecord& record : zone.records) {
    if (!record.ours || !wanted.contains(record.owner)) continue;
    now.insert(line_of(record.owner, record.data, std::chrono::seconds(record.ttl_seconds)));
  }
  for (const auto& [name, set] : wanted) {
    for (const std::string& address : set->addresses) then.insert(line_of(name, address, set->ttl));
  }
  return now == then;
}

}  // namespace

Result<std::vector<act::NameSet>> read_names(const Zone& zone,
                                             const std::vector<std::string>& names) {
  std::map<std::string, act::NameSet> answers;
  for (const std::string& name : names) answers[plain_name(name)];
  for (const ZoneRecord& record : zone.records) {
    const auto answer = record.type == "A" ? answers.find(record.owner) : answers.end();
    if (answer == answers.end()) continue;
    const Duration ttl = std::chrono::seconds(record.ttl_seconds);
    answer->second.addresses.insert(record.data);
    answer->second.ttl = std::max(answer->second.ttl, ttl);
  }
  std::vector<act::NameSet> found;
  for (const std::string& name : names) {
    found.push_back(answers[plain_name(name)]);
    found.back().name = name;
  }
  return found;
}

Result<std::string> change_names(const Zone& zone, const std::vector<act::NameSet>& sets) {
  auto wanted = index_wanted(zone, sets);
  if (!wanted) return wanted.error();
  if (auto checked = check_foreign(zone, *wanted); !checked) return checked.error();
  if (is_there_already(zone, *wanted)) return zone.text;
  std::string text;
  std::size_t copied = 0;
  const auto copy_to = [&](std::size_t end) {
    text.append(zone.text, copied, end - copied);
    copied = end;
  };
  for (const ZoneRecord& record : zone.records) {
    if (record.type == "SOA") {
      copy_to(zone.serial_begin);
      text += std::to_string(next_serial(zone.serial));
      copied = zone.serial_end;
    } else if (record.ours && wanted->contains(record.owner)) {
      copy_to(record.begin);
      copied = record.end;
    }
  }
  copy_to(zone.text.size());
  if (!text.empty() && text.back() != '\n') text += '\n';
  for (const auto& [name, set] : *wanted) {
    for (const std::string& address : set->addresses) text += line_of(name, address, set->ttl);
  }
  return text;
}

std::string new_zone(const ZoneHead& head) {
  std::string mailbox = head.hostmaster;
  std::replace(mailbox.begin(), mailbox.end(), '@', '.');
  return "; Edgeherd keeps the records that are marked so; others may be added, and stay.\n"
         "$ORIGIN " +
         plain_name(head.origin) +
         ".\n"
         "$TTL 300\n"
         "@ IN SOA " +
         plain_name(head.name_server) + ". " + plain_name(mailbox) +
         ". (\n"
         "  1      ; serial\n"
         "  3600   ; refresh\n"
         "  600    ; retry\n"
         "  604800 ; expire\n"
         "  30 )   ; negative answers\n"
         "@ IN NS " +
         plain_name(head.name_server) + ".\n";
}

std::uint32_t next_serial(std::uint32_t serial) {
  return serial == 0xffffffffU ? 1 : serial + 1;
}

}  // namespace edgeherd::dns
