#include "coordinator/providers/local/address_range.h"

#include <array>
#include <optional>

#include <arpa/inet.h>

#include "common/core/number.h"

namespace edgeherd::local {

namespace {

constexpr std::uint32_t loopback = 127U << 24;
constexpr int widest = 9;
constexpr int narrowest = 28;
constexpr int tries = 1000;

std::optional<std::uint32_t> parse_address(std::string_view text) {
  in_addr parsed{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1) return std::nullopt;
  return ntohl(parsed.s_addr);
}

std::string address_text(std::uint32_t address) {
  const in_addr raw{htonl(address)};
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &raw, text.data(), text.size());
  return text.data();
}

std::uint32_t size_of(int prefix) {
  return 1U << (32 - prefix);
}

// Loopback, or private (RFC 1918): nothing that could belong to somebody else.
bool is_ours(std::uint32_t address) {
  const std::uint32_t top = address >> 24;
  return top == 127 || top == 10 || address >> 20 == (172U << 4 | 1U) ||
         address >> 16 == (192U << 8 | 168U);
}

// .0 and .255 are left out: they look like networks and broadcasts to people and to some programs.
bool is_usable(std::uint32_t address) {
  const std::uint32_t last = address & 0xff;
  return last != 0 && last != 255;
}

}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return fail(Errc::invalid, "address range '" + std::string(text) + "': " + why);
  };
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return wrong("expected ADDRESS/PREFIX, as 127.64.0.0/10");
  const auto first = parse_address(text.substr(0, slash));
  if (!first) return wrong("not an IPv4 address before the '/'");
  AddressRange range;
  const auto prefix = parse_number<int>(text.substr(slash + 1));
  if (!prefix) return wrong("the prefix is not a number");
  range.prefix_ = *prefix;
  if (range.prefix_ < widest || range.prefix_ > narrowest) {
    return wrong("the prefix must be from " + std::to_string(widest) + " to " +
                 std::to_string(narrowest));
  }
  range.first_ = *first;
  if ((*first & (size_of(range.prefix_) - 1)) != 0) return wrong("bits are set behind the prefix");
  if (!is_ours(*first) || !is_ours(*first + size_of(range.prefix_) - 1)) {
    return wrong("neither within 127.0.0.0/8 nor private");
  }
  if (*first >> 24 == 127 && *first <= (loopback | 0xff))
    return wrong("127.0.0.x belongs to the machine itself");
  return range;
}

Result<std::string> AddressRange::pick(const std::set<std::string>& taken, Random& random) const {
  for (int i = 0; i < tries; ++i) {
    const std::uint32_t address =
        first_ + static_cast<std::uint32_t>(random.below(size_of(prefix_)));
    std::string candidate = address_text(address);
    if (is_usable(address) && !taken.contains(candidate)) return candidate;
  }
  return fail(Errc::out_of_stock, "no free address in " + text());
}

bool AddressRange::contains(std::string_view address) const {
  const auto parsed = parse_address(address);
  return parsed && *parsed >= first_ && *parsed - first_ < size_of(prefix_);
}

std::string AddressRange::text() const {
  return address_text(first_) + "/" + std::to_string(prefix_);
}

}  // namespace edgeherd::local
