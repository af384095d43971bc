// Record sets as Route 53 lists them, and the batches that change them (API version 2013-04-01).
//
// Thread: free functions, safe from any.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/aws/sigv4.h"
#include "coordinator/act/seams/dns_provider.h"

namespace edgeherd::dns {

inline constexpr std::size_t max_record_page_bytes = 16 * 1024 * 1024;

// What may stand at a name of ours.
enum class SetKind {
  addresses,   // type A, plain or routed as a part of ours may be: the only kind that is changed
  in_the_way,  // an alias, a CNAME, or type A with what ours never have
  other,       // stands beside addresses
};

struct RecordSet {
  std::string name;  // lower case, no trailing dot
  std::string part;  // its SetIdentifier; empty: it has none
  SetKind kind = SetKind::other;
  act::NameSet addresses;  // of kind `addresses`
  std::string xml;         // of a part: as it was read
};
[[nodiscard]] inline act::NameKey key_of(const RecordSet& set) {
  return {set.name, set.part};
}

// What stands at A and CNAME names, by name and part.
using RecordSets = std::map<act::NameKey, RecordSet>;
// Why nothing of ours may be at this name, or nothing: it is free, or ours. A plain name bears no
// set with an identifier beside it, and a part only such sets.
[[nodiscard]] std::optional<Error> in_the_way(const RecordSets& all, const act::NameKey& key);

struct RecordPage {
  std::vector<RecordSet> sets;
  aws::sigv4::Pairs next;  // the query of the page after it; empty: the last
};

// `broken` for what is not such a page, whole.
[[nodiscard]] Result<RecordPage> parse_record_page(std::string_view xml);

struct SetChange {
  act::NameSet before;  // as read
  act::NameSet wanted;
  std::string before_xml = {};  // the same, if it was read as a part: it is deleted just so
};

// Route 53 counts addresses, and takes a thousand of them in one batch.
inline constexpr std::size_t most_addresses_in_batch = 1000;

// `invalid` for an address that is none, and for a part without a route.
[[nodiscard]] Result<std::string> change_batch(const std::vector<SetChange>& changes);

// Whether the name servers have a change yet.
enum class Progress { pending, in_sync };
struct ChangeInfo {
  std::string id;  // "C2682N5HXP0BZ4"
  Progress progress = Progress::pending;
};
// Of an answer to a batch, or to a question after it; nothing for what names no change.
[[nodiscard]] std::optional<ChangeInfo> parse_change(std::string_view xml);

// An answer that is no 200, sorted by what may be done.
[[nodiscard]] Error parse_route53_error(int status, std::string_view xml);

}  // namespace edgeherd::dns
