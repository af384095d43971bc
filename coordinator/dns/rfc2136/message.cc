#include "coordinator/dns/rfc2136/message.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "coordinator/dns/rfc2136/byte_reader.h"

namespace edgeherd::dns {

namespace {

constexpr std::uint16_t reply_flag = 0x8000;
constexpr std::uint16_t authoritative_flag = 0x0400;
constexpr std::uint16_t truncated_flag = 0x0200;

bool in_host_names(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '*';
}

template <class Number>
void put(std::string& into, Number value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    into += static_cast<char>(value >> shift & 0xff);
  }
}

Status put_record(std::string& into, const Record& record) {
  if (auto good = check_name(record.name); !good) return good;
  if (record.data.size() > 0xffff) return fail(Errc::exhausted, "a record of over 64 KiB");
  into += name_bytes(record.name);
  put_u16(into, static_cast<std::uint16_t>(record.type));
  put_u16(into, static_cast<std::uint16_t>(record.klass));
  put_u32(into, record.ttl_s);
  put_u16(into, static_cast<std::uint16_t>(record.data.size()));
  into += record.data;
  return {};
}

Result<Record> read_record(ByteReader& reader) {
  auto name = reader.name();
  if (!name) return name.error();
  Record record;
  record.name = std::move(*name);
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::uint16_t length = 0;
  std::string_view data;
  const bool whole = reader.u16(type) && reader.u16(klass) && reader.u32(record.ttl_s) &&
                     reader.u16(length) && reader.bytes(length, data);
  if (!whole) return fail(Errc::broken, "a record is cut short");
  record.type = static_cast<RecordType>(type);
  record.klass = static_cast<RecordClass>(klass);
  record.data.assign(data);
  return record;
}

Result<Question> read_question(ByteReader& reader) {
  auto name = reader.name();
  if (!name) return name.error();
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  if (!reader.u16(type) || !reader.u16(klass)) return fail(Errc::broken, "a question is cut short");
  return Question{std::move(*name), static_cast<RecordType>(type), static_cast<RecordClass>(klass)};
}

}  // namespace

std::string to_string(Rcode code) {
  static constexpr std::array<std::string_view, 11> names = {
      "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
      "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};
  const auto number = static_cast<std::size_t>(code);
  return number < names.size() ? std::string(names[number]) : "RCODE" + std::to_string(number);
}

void put_u16(std::string& into, std::uint16_t value) {
  put(into, value, 2);
}
void put_u32(std::string& into, std::uint32_t value) {
  put(into, value, 4);
}
void put_u48(std::string& into, std::uint64_t value) {
  put(into, value, 6);
}

Status check_name(std::string_view name) {
  const auto wrong = [&](const std::string& what) {
    return fail(Errc::invalid, "\"" + std::string(name) + "\" is no name for the DNS: " + what);
  };
  if (name.size() > 253) return wrong("longer than 253 characters");
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.' ? label == 0 : !in_host_names(c)) {
      return wrong(c == '.' ? "an empty label" : "a character that host names do not have");
    }
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return wrong("a label longer than 63 characters");
  }
  return label == 0 ? wrong("an empty label") : Status{};
}

std::string name_bytes(std::string_view name) {
  std::string bytes;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    bytes += static_cast<char>(label.size());
    for (const char c : label) bytes += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  bytes += '\0';
  return bytes;
}

Result<std::string> encode(const DnsMessage& message) {
  std::string bytes;
  put_u16(bytes, message.id);
  put_u16(bytes, static_cast<std::uint16_t>(static_cast<unsigned>(message.opcode) << 11 |
                                            static_cast<unsigned>(message.rcode) |
                                            (message.reply ? reply_flag : 0u) |
                                            (message.authoritative ? authoritative_flag : 0u) |
                                            (message.truncated ? truncated_flag : 0u)));
  const std::vector<Record>* const sections[] = {&message.answers, &message.authority,
                                                 &message.additional};
  put_u16(bytes, static_cast<std::uint16_t>(message.questions.size()));
  for (const auto* records : sections) {
    put_u16(bytes, static_cast<std::uint16_t>(records->size()));
  }
  for (const Question& question : message.questions) {
    if (auto good = check_name(question.name); !good) return good.error();
    bytes += name_bytes(question.name);
    put_u16(bytes, static_cast<std::uint16_t>(question.type));
    put_u16(bytes, static_cast<std::uint16_t>(question.klass));
  }
  for (const auto* records : sections) {
    for (const Record& record : *records) {
      if (auto done = put_record(bytes, record); !done) return done.error();
      // Long before a section's count could wrap.
      if (bytes.size() > max_dns_bytes) return fail(Errc::exhausted, "over 64 KiB of records");
    }
  }
  return bytes;
}

Result<DnsMessage> decode(std::string_view bytes) {
  ByteReader reader(bytes);
  DnsMessage message;
  std::uint16_t flags = 0;
  std::array<std::uint16_t, 4> counts{};
  bool whole = reader.u16(message.id) && reader.u16(flags);
  for (std::uint16_t& count : counts) whole = whole && reader.u16(count);
  if (!whole) return fail(Errc::broken, "shorter than a DNS header");
  message.opcode = static_cast<Opcode>(flags >> 11 & 15);
  message.rcode = static_cast<Rcode>(flags & 15);
  message.reply = (flags & reply_flag) != 0;
  message.authoritative = (flags & authoritative_flag) != 0;
  message.truncated = (flags & truncated_flag) != 0;
  for (int i = 0; i < counts[0]; ++i) {
    auto question = read_question(reader);
    if (!question) return question.error();
    message.questions.push_back(std::move(*question));
  }
  std::vector<Record>* const sections[] = {&message.answers, &message.authority,
                                           &message.additional};
  for (int s = 0; s < 3; ++s) {
    for (int i = 0; i < counts[s + 1]; ++i) {
      message.last_record_at = reader.at();
      auto record = read_record(reader);
      if (!record) return record.error();
      sections[s]->push_back(std::move(*record));
    }
  }
  if (!reader.at_end()) return fail(Errc::broken, "bytes behind the message");
  return message;
}

Result<std::string> address_of(const Record& record) {
  if (record.data.size() != 4)
    return fail(Errc::broken, record.name + ": an A record that is no address");
  char text[INET_ADDRSTRLEN];
  ::inet_ntop(AF_INET, record.data.data(), text, sizeof text);
  return std::string(text);
}

Result<std::string> address_data(const std::string& address) {
  std::string data(4, '\0');
  if (::inet_pton(AF_INET, address.c_str(), data.data()) == 1) return data;
  return fail(Errc::invalid, "\"" + address + "\" is no IPv4 address");
}

}  // namespace edgeherd::dns
