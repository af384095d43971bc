#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "common/core/number.h"
#include "coordinator/dns/file/zone.h"
#include "coordinator/dns/file/zone_lexer.h"

namespace edgeherd::dns {

namespace {

constexpr std::string_view our_mark = "edgeherd";
constexpr std::uint64_t max_ttl = 0x7fffffff;  // RFC 2181, 8

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return result;
}

bool is_class(std::string_view text) {
  const std::string word = upper(text);
  return word == "IN" || word == "CH" || word == "HS" || word == "CS";
}

std::uint64_t unit_seconds(char unit) {
  switch (unit) {
    case 'S':
      return 1;
    case 'M':
      return 60;
    case 'H':
      return 3600;
    case 'D':
      return 86400;
    case 'W':
      return 604800;
    default:
      return 0;
  }
}

// "3600", or as BIND also takes it "1h30m".
std::optional<std::uint32_t> parse_ttl(std::string_view text) {
  const std::string word = upper(text);
  const char* at = word.data();
  const char* const end = at + word.size();
  std::uint64_t total = 0;
  while (at != end) {
    std::uint32_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return std::nullopt;
    const bool plain = next == end && at == word.data();
    const std::uint64_t unit = plain ? 1 : next == end ? 0 : unit_seconds(*next);
    if (unit == 0) return std::nullopt;
    total += number * unit;
    if (total > max_ttl) return std::nullopt;
    at = plain ? next : next + 1;
  }
  if (word.empty()) return std::nullopt;
  return static_cast<std::uint32_t>(total);
}

class Parser {
 public:
  Parser(Zone& zone) : zone_(zone), origin_(zone.origin) {}

  Status run() {
    auto entries = split_zone(zone_.file, zone_.text);
    if (!entries) return entries.error();
    for (const Entry& entry : *entries) {
      const bool directive = !entry.owner_left_out && entry.tokens[0].text.starts_with('$');
      auto read = directive ? read_directive(entry) : read_record(entry);
      if (!read) return read;
    }
    if (!have_soa_) return fail(Errc::invalid, zone_.file + ": there is no SOA record");
    return {};
  }

 private:
  Status read_directive(const Entry& entry) {
    const std::string name = upper(entry.tokens[0].text);
    if (name != "$ORIGIN" && name != "$TTL") {
      return wrong(entry, "'" + name + "' is not supported: names could hide behind it");
    }
    if (entry.tokens.size() != 2) return wrong(entry, "'" + name + "' needs one value");
    const std::string& value = entry.tokens[1].text;
    if (name == "$ORIGIN") {
      origin_ = absolute(value);
      return {};
    }
    const auto ttl = parse_ttl(value);
    if (!ttl) return wrong(entry, "'" + value + "' is no TTL");
    default_ttl_ = ttl;
    return {};
  }

  Status read_record(const Entry& entry) {
    ZoneRecord record;
    std::size_t next = 0;
    if (!entry.owner_left_out) owner_ = absolute(entry.tokens[next++].text);
    if (!owner_) return wrong(entry, "the first record must have a name");
    std::optional<std::uint32_t> ttl;
    // TTL and class may come in either order, each at most once.
    for (bool had_class = false; next < entry.tokens.size(); ++next) {
      const std::string& word = entry.tokens[next].text;
      if (!had_class && is_class(word)) {
        had_class = true;
      } else if (const auto number = ttl ? std::nullopt : parse_ttl(word)) {
        ttl = number;
      } else {
        break;
      }
    }
    if (next + 1 >= entry.tokens.size()) return wrong(entry, "a record needs a type and data");
    record.owner = *owner_;
    record.type = upper(entry.tokens[next].text);
    record.data = entry.tokens[next + 1].text;
    record.ours = entry.comment == our_mark;
    record.owner_left_out = entry.owner_left_out;
    record.begin = entry.begin;
    record.end = entry.end;
    record.line = entry.line;
    if (ttl) last_ttl_ = ttl;
    record.ttl_seconds = ttl.value_or(default_ttl_.value_or(last_ttl_.value_or(0)));
    if (auto checked = check(entry, record, next + 1); !checked) return checked;
    zone_.records.push_back(std::move(record));
    return {};
  }

  Status check(const Entry& entry, const ZoneRecord& record, std::size_t data) {
    if (record.type == "A") {
      in_addr ignored{};
      if (::inet_pton(AF_INET, record.data.c_str(), &ignored) != 1) {
        return wrong(entry, "'" + record.data + "' is no IPv4 address");
      }
      return {};
    }
    if (record.type != "SOA") return {};
    constexpr std::size_t soa_fields = 7;
    constexpr std::size_t serial_field = 2;
    if (have_soa_) return wrong(entry, "there is a second SOA record");
    if (record.owner != zone_.origin) {
      return wrong(entry, "the zone is '" + record.owner + "', not '" + zone_.origin + "'");
    }
    if (entry.tokens.size() - data != soa_fields) return wrong(entry, "an SOA has seven fields");
    const Token& serial = entry.tokens[data + serial_field];
    const auto number = parse_number<decltype(zone_.serial)>(serial.text);
    if (!number) return wrong(entry, "'" + serial.text + "' is no serial number");
    zone_.serial = *number;
    zone_.serial_begin = serial.begin;
    zone_.serial_end = serial.end;
    have_soa_ = true;
    return {};
  }

  [[nodiscard]] std::string absolute(const std::string& name) const {
    if (name == "@") return origin_;
    if (name.ends_with('.') && !name.ends_with("\\.")) return plain_name(name);
    return plain_name(name) + (origin_.empty() ? "" : "." + origin_);
  }

  [[nodiscard]] Error wrong(const Entry& entry, const std::string& what) const {
    return fail(Errc::invalid, zone_.file + ":" + std::to_string(entry.line) + ": " + what);
  }

  Zone& zone_;
  std::string origin_;
  std::optional<std::string> owner_;
  std::optional<std::uint32_t> default_ttl_;
  std::optional<std::uint32_t> last_ttl_;
  bool have_soa_ = false;
};

}  // namespace

std::string plain_name(std::string_view name) {
  if (name.ends_with('.') && !name.ends_with("\\.")) name.remove_suffix(1);
  std::string result(name);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

Result<Zone> parse_zone(const std::string& file, std::string text, const std::string& origin) {
  Zone zone;
  zone.file = file;
  zone.origin = plain_name(origin);
  zone.text = std::move(text);
  if (auto parsed = Parser(zone).run(); !parsed) return parsed.error();
  return zone;
}

}  // namespace edgeherd::dns
