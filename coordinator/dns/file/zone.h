// A zone file's records, and what it becomes when our names change.
//
// Our records carry the comment "; edgeherd". Everything else is copied byte for byte, but for the
// SOA's serial, which grows with every change. Thread: value types and free functions.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "coordinator/act/seams/dns_provider.h"

namespace edgeherd::dns {

struct ZoneRecord {
  std::string owner;              // lower case, absolute, no trailing dot
  std::string type;               // upper case
  std::string data;               // the first token behind the type
  std::uint32_t ttl_seconds = 0;  // as it stands, or as it is inherited
  bool ours = false;
  bool owner_left_out = false;
  std::size_t begin = 0;  // the entry's bytes
  std::size_t end = 0;
  int line = 1;
};

struct Zone {
  std::string file;
  std::string origin;  // lower case, no trailing dot
  std::string text;
  std::vector<ZoneRecord> records;
  std::uint32_t serial = 0;
  std::size_t serial_begin = 0;
  std::size_t serial_end = 0;
};

// `invalid` with file and line for what cannot be read, for $INCLUDE and $GENERATE (they hide
// names), and for a zone without exactly one SOA.
[[nodiscard]] Result<Zone> parse_zone(const std::string& file, std::string text,
                                      const std::string& origin);

// The A records of these names, in their order.
[[nodiscard]] Result<std::vector<act::NameSet>> read_names(const Zone& zone,
                                                           const std::vector<std::string>& names);

// The new text; the same text when nothing changes. `invalid` for a name outside the zone, a wrong
// address or TTL, a name given twice; `conflict` for a name that has a foreign A or CNAME record,
// and for a foreign record that takes its owner from one of ours.
[[nodiscard]] Result<std::string> change_names(const Zone& zone,
                                               const std::vector<act::NameSet>& wanted);

// The text of a new zone that has nothing but its SOA and NS.
struct ZoneHead {
  std::string origin;
  std::string name_server;  // a host's name outside the zone
  std::string hostmaster;   // as a mail address
};
[[nodiscard]] std::string new_zone(const ZoneHead& head);

// RFC 1982: the next serial number; 0 is left out, some servers take it for "none".
[[nodiscard]] std::uint32_t next_serial(std::uint32_t serial);

// Lower case, without the trailing dot.
[[nodiscard]] std::string plain_name(std::string_view name);

}  // namespace edgeherd::dns
