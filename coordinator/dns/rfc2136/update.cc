#include "coordinator/dns/rfc2136/update.h"

#include <algorithm>

namespace edgeherd::dns {

namespace {

Result<std::vector<Record>> records_of(const act::NameSet& set, std::uint32_t ttl_s) {
  std::vector<Record> records;
  for (const std::string& address : set.addresses) {
    auto data = address_data(address);
    if (!data) return data.error().within(set.name);
    records.push_back({set.name, RecordType::a, RecordClass::in, ttl_s, std::move(*data)});
  }
  return records;
}

std::uint32_t ttl_s(const act::NameSet& set) {
  return static_cast<std::uint32_t>(std::max<Duration::rep>(0, set.ttl / 1s));
}

}  // namespace

DnsMessage query_of(const std::string& name) {
  DnsMessage query;
  query.questions.push_back({name, RecordType::a, RecordClass::in});
  return query;
}

Status error_of(const DnsMessage& answer) {
  const std::string code = to_string(answer.rcode);
  switch (answer.rcode) {
    case Rcode::no_error:
      return {};
    case Rcode::no_such_name:
    case Rcode::name_exists:
    case Rcode::set_exists:
    case Rcode::no_such_set:
      return fail(Errc::conflict, code + ": the names were changed by somebody else meanwhile");
    case Rcode::refused:
      return fail(Errc::refused, code + ": the key may not do this");
    case Rcode::not_authoritative:
      return fail(Errc::refused,
                  code + ": the server does not serve this zone, or not for this key");
    case Rcode::not_in_zone:
      return fail(Errc::invalid, code + ": a name is not in the zone");
    case Rcode::not_implemented:
      return fail(Errc::refused, code + ": the server takes no updates");
    case Rcode::server_failure:
      return fail(Errc::unavailable, code + ": the server cannot do it now");
    case Rcode::form_error:
      break;
  }
  return fail(Errc::broken, code);
}

DnsMessage question_of_zone(const std::string& zone) {
  DnsMessage query;
  query.questions.push_back({zone, RecordType::soa, RecordClass::in});
  return query;
}

Status has_zone(const DnsMessage& answer, const std::string& zone) {
  if (answer.rcode != Rcode::no_such_name) {
    if (auto good = error_of(answer); !good) return good;
  }
  const auto begins = [&](const Record& record) {
    return record.type == RecordType::soa && name_bytes(record.name) == name_bytes(zone);
  };
  if (answer.authoritative && std::ranges::any_of(answer.answers, begins)) return {};
  std::string other;
  for (const Record& record : answer.authority) {
    if (record.type == RecordType::soa && answer.authoritative) other = record.name;
  }
  return fail(Errc::refused, "it has no zone " + zone +
                                 (other.empty() ? "" : ": that is a part of its zone " + other));
}

Result<act::NameSet> names_of(const DnsMessage& answer, const std::string& name) {
  const bool is_there = answer.rcode != Rcode::no_such_name;
  if (is_there) {
    if (auto good = error_of(answer); !good) return good.error();
  }
  if (answer.truncated) return fail(Errc::broken, "a truncated answer over TCP");
  if (!answer.authoritative) {
    return fail(Errc::refused,
                "the server does not answer for " + name + " itself: its zone is not there");
  }
  act::NameSet set;
  set.name = name;
  for (const Record& record : answer.answers) {
    if (record.klass != RecordClass::in || name_bytes(record.name) != name_bytes(name)) continue;
    if (record.type == RecordType::cname) {
      return fail(Errc::conflict, name + " is an alias (CNAME): addresses cannot stand beside it");
    }
    if (record.type != RecordType::a) continue;
    auto address = address_of(record);
    if (!address) return address.error();
    set.addresses.insert(std::move(*address));
    set.ttl = std::chrono::seconds(record.ttl_s);
  }
  return set;
}

Result<DnsMessage> update_of(const std::string& zone, const std::vector<NameChange>& changes) {
  DnsMessage update;
  update.opcode = Opcode::update;
  update.questions.push_back({zone, RecordType::soa, RecordClass::in});
  for (const auto& [before, wanted] : changes) {
    const std::string& name = wanted.name;
    auto present = records_of(before, 0);
    auto next = records_of(wanted, ttl_s(wanted));
    if (!present) return present.error();
    if (!next) return next.error();
    // RFC 2136, 2.4.2 and 2.4.3: the set is exactly so, or there is none.
    if (present->empty()) present->push_back({name, RecordType::a, RecordClass::none, 0, {}});
    std::move(present->begin(), present->end(), std::back_inserter(update.answers));
    // 2.5.2 and 2.5.1: the set is deleted, then its new records are added.
    update.authority.push_back({name, RecordType::a, RecordClass::any, 0, {}});
    std::move(next->begin(), next->end(), std::back_inserter(update.authority));
  }
  return update;
}

}  // namespace edgeherd::dns
