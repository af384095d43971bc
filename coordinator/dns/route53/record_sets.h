// Record sets as Route 53 lists them, and the batches that change them (API version 2013-04-01).
//
// Thread: free functions, safe from any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/aws/sigv4.h"
#include "coordinator/act/dns_provider.h"

namespace edgeherd::dns {

inline constexpr std::size_t max_record_page_bytes = 16 * 1024 * 1024;

// What may stand at a name of ours.
enum class SetKind {
  addresses,   // type A, plain: the only kind that is ever changed
  in_the_way,  // an alias, a CNAME, or type A with a routing policy
  other,       // stands beside addresses
};

struct RecordSet {
  std::string name;  // lower case, no trailing dot
  SetKind kind = SetKind::other;
  act::NameSet addresses;  // of kind `addresses`
};

struct RecordPage {
  std::vector<RecordSet> sets;
  aws::sigv4::Pairs next;  // the query of the page after it; empty: the last
};

// `broken` for what is not such a page, whole.
[[nodiscard]] Result<RecordPage> parse_record_page(std::string_view xml);

struct SetChange {
  act::NameSet before;  // as read
  act::NameSet wanted;
};

// Route 53 counts addresses, and takes a thousand of them in one batch.
inline constexpr std::size_t most_addresses_in_batch = 1000;

// `invalid` for an address that is none.
[[nodiscard]] Result<std::string> change_batch(const std::vector<SetChange>& changes);

// An answer that is no 200, sorted by what may be done.
[[nodiscard]] Error parse_route53_error(int status, std::string_view xml);

}  // namespace edgeherd::dns
