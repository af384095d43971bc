#include "coordinator/dns/rfc2136/wildcard.h"

#include <algorithm>
#include <set>
#include <utility>

#include "coordinator/dns/rfc2136/update.h"

namespace edgeherd::dns {

namespace {

// What the name itself was answered with. An alias may be spelled in several ways: it is only known
// to be one.
std::set<std::pair<RecordType, std::string>> records_of(const Answered& one) {
  std::set<std::pair<RecordType, std::string>> records;
  for (const Record& record : one.answer.answers) {
    if (record.klass != RecordClass::in || name_bytes(record.name) != name_bytes(one.name))
      continue;
    if (record.type == RecordType::a) records.emplace(record.type, record.data);
    if (record.type == RecordType::cname) records.emplace(record.type, "");
  }
  return records;
}

}  // namespace

std::vector<std::string> wildcards_above(std::string_view name, std::string_view zone) {
  std::vector<std::string> wildcards;
  while (name.size() > zone.size()) {
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
    wildcards.push_back("*." + std::string(name));
  }
  return wildcards;
}

bool may_be_copy(const Answered& of_name, const Answered& of_wildcard) {
  const auto records = records_of(of_name);
  return of_name.name != of_wildcard.name && !records.empty() && records == records_of(of_wildcard);
}

DnsMessage question_of_own(const std::string& zone, const Answered& of_name) {
  const auto records = records_of(of_name);
  const RecordType type = records.empty() ? RecordType::a : records.begin()->first;
  DnsMessage update;
  update.opcode = Opcode::update;
  update.questions.push_back({zone, RecordType::soa, RecordClass::in});
  update.answers.push_back({of_name.name, type, RecordClass::any, 0, {}});
  return update;
}

Result<Own> own_of(const DnsMessage& answer) {
  if (answer.rcode == Rcode::no_such_set) return Own::none;
  if (auto good = error_of(answer); !good) return good.error();
  return Own::some;
}

}  // namespace edgeherd::dns
