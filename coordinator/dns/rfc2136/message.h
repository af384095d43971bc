// DNS messages as bytes: RFC 1035 and RFC 2136, as far as a client that updates needs them.
//
// Names are text without the trailing dot, "lon1.edge.example.org", in lower case. When bytes are
// read, a byte that no host name has comes as \DDD; such a name is nobody's of ours. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::dns {

enum class RecordType : std::uint16_t { a = 1, cname = 5, soa = 6, tsig = 250, any = 255 };
enum class RecordClass : std::uint16_t { in = 1, none = 254, any = 255 };
enum class Opcode : std::uint16_t { query = 0, update = 5 };
enum class Rcode : std::uint16_t {
  no_error = 0,
  form_error = 1,
  server_failure = 2,
  no_such_name = 3,
  not_implemented = 4,
  refused = 5,
  name_exists = 6,
  set_exists = 7,
  no_such_set = 8,
  not_authoritative = 9,
  not_in_zone = 10,
};
[[nodiscard]] std::string to_string(Rcode code);  // as RFCs and other tools spell it, "NXRRSET"

struct Question {
  std::string name;
  RecordType type{};
  RecordClass klass = RecordClass::in;
};

struct Record {
  std::string name;
  RecordType type{};
  RecordClass klass = RecordClass::in;
  std::uint32_t ttl_s = 0;
  std::string data;  // as on the wire
};

// Of an update the sections are called zone, prerequisites, updates and additional.
struct DnsMessage {
  std::uint16_t id = 0;
  Opcode opcode = Opcode::query;
  bool reply = false;
  bool authoritative = false;
  bool truncated = false;
  Rcode rcode = Rcode::no_error;
  std::vector<Question> questions;
  std::vector<Record> answers;
  std::vector<Record> authority;
  std::vector<Record> additional;
  std::size_t last_record_at = 0;  // when read: where the last record's bytes begin
};

inline constexpr std::size_t max_dns_bytes = 65'535;

// Whether `name` can stand in a message of ours: labels of letters, digits, '-', '_' and '*'.
[[nodiscard]] Status check_name(std::string_view name);
// The bytes of a name, uncompressed. It has passed check_name().
[[nodiscard]] std::string name_bytes(std::string_view name);

// `invalid` for a name that cannot be written, `exhausted` when it is longer than max_dns_bytes.
[[nodiscard]] Result<std::string> encode(const DnsMessage& message);
// `broken`, with what is wrong, for anything that is not exactly one message.
[[nodiscard]] Result<DnsMessage> decode(std::string_view bytes);

// The addresses of A records. `broken` when the data is not four bytes.
[[nodiscard]] Result<std::string> address_of(const Record& record);
// `invalid` when it is no IPv4 address.
[[nodiscard]] Result<std::string> address_data(const std::string& address);

// Big-endian numbers, as everything on this wire.
void put_u16(std::string& into, std::uint16_t value);
void put_u32(std::string& into, std::uint32_t value);
void put_u48(std::string& into, std::uint64_t value);

}  // namespace edgeherd::dns
