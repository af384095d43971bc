#include "agent/collect/proc_parse.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "agent/collect/scan.h"
#include "common/core/number.h"

namespace edgeherd::agent {
namespace {

constexpr std::uint64_t sector_bytes = 512;
constexpr std::uint64_t max_u64 = ~std::uint64_t{0};

std::optional<std::uint64_t> times(std::uint64_t value, std::uint64_t factor) {
  if (value > max_u64 / factor) return std::nullopt;
  return value * factor;
}

// Adds without wrapping: a counter of nonsense stays nonsense, and large.
std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  return a > max_u64 - b ? max_u64 : a + b;
}

// Fills `into` with the numbers at the front of a line; false when there are fewer.
bool numbers(std::string_view line, std::span<std::uint64_t> into) {
  for (auto& slot : into) {
    const auto number = next_u64(line);
    if (!number) return false;
    slot = *number;
  }
  return true;
}

// "Reading: 6": the number, if the label is next.
std::optional<std::uint64_t> labelled(std::string_view& line, std::string_view label) {
  if (next_word(line) != label) return std::nullopt;
  return next_u64(line);
}

// "0100007F" or four such words: each a word of the address in network order, printed as a number.
std::optional<AddressBytes> parse_hex_address(std::string_view text) {
  constexpr std::size_t word_digits = 8;
  if (text.size() != word_digits && text.size() != 4 * word_digits) return std::nullopt;
  AddressBytes bytes{};
  std::size_t at = 0;
  for (; !text.empty(); text.remove_prefix(word_digits)) {
    const auto word = parse_number<std::uint64_t>(text.substr(0, word_digits), 16);
    if (!word) return std::nullopt;
    const auto number = static_cast<std::uint32_t>(*word);
    std::memcpy(bytes.data() + at, &number, sizeof number);
    at += sizeof number;
  }
  return at == sizeof(std::uint32_t) ? mapped(bytes.data()) : bytes;
}

// The CPUs of a "cpu " line: kernels since 2.6.11 write at least eight numbers.
std::optional<CpuTicks> parse_cpu_line(std::string_view rest) {
  enum { user, nice, system, idle, iowait, irq, softirq, steal, fields };
  std::array<std::uint64_t, fields> t{};
  if (!numbers(rest, t)) return std::nullopt;
  CpuTicks ticks;
  for (const int i : {user, nice, system, irq, softirq, steal}) {
    ticks.busy = plus(ticks.busy, t[static_cast<std::size_t>(i)]);
  }
  ticks.idle = plus(t[idle], t[iowait]);
  return ticks;
}

}  // namespace

std::optional<Load> parse_loadavg(std::string_view text) {
  auto line = next_line(text);
  const auto one = to_amount(next_word(line));
  const auto five = to_amount(next_word(line));
  const auto fifteen = to_amount(next_word(line));
  if (!one || !five || !fifteen || line.empty()) return std::nullopt;
  return Load{*one, *five, *fifteen};
}

std::optional<CpuTicks> parse_stat(std::string_view text) {
  std::optional<CpuTicks> ticks;
  std::uint32_t cpus = 0;
  while (const auto whole = next_whole_line(text)) {
    auto line = *whole;
    const auto key = next_word(line);
    if (!key.starts_with("cpu")) break;  // the cpu lines come first
    if (key.size() == 3) {
      ticks = parse_cpu_line(line);
    } else if (parse_number<std::uint64_t>(key.substr(3))) {
      ++cpus;
    }
  }
  if (!ticks || cpus == 0) return std::nullopt;
  ticks->cpus = cpus;
  return ticks;
}

Memory parse_meminfo(std::string_view text) {
  Memory memory;
  while (const auto whole = next_whole_line(text)) {
    auto line = *whole;
    const auto key = next_word(line);
    auto* slot = key == "MemTotal:"       ? &memory.total_bytes
                 : key == "MemAvailable:" ? &memory.available_bytes
                 : key == "SwapTotal:"    ? &memory.swap_total_bytes
                 : key == "SwapFree:"     ? &memory.swap_free_bytes
                                          : nullptr;
    if (slot == nullptr) continue;
    const auto amount = next_u64(line);
    if (amount && next_word(line) == "kB") *slot = times(*amount, 1024);
    if (key == "SwapFree:") break;  // nothing of interest further down
  }
  return memory;
}

std::optional<Pressure> parse_pressure(std::string_view text) {
  while (const auto whole = next_whole_line(text)) {
    auto line = *whole;
    if (next_word(line) != "some") continue;
    std::optional<double> avg10;
    std::optional<std::uint64_t> total;
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
      if (word.starts_with("avg10=")) avg10 = to_amount(word.substr(6));
      if (word.starts_with("total=")) total = parse_number<std::uint64_t>(word.substr(6));
    }
    if (!avg10 || !total) return std::nullopt;
    return Pressure{*total, *avg10};
  }
  return std::nullopt;
}

void parse_net_dev(std::string_view text,
                   const std::function<void(const InterfaceCounters&)>& each) {
  constexpr std::size_t tx_bytes_column = 8;
  while (const auto line = next_whole_line(text)) {
    const auto colon = line->rfind(':');  // an alias holds one in its name: "eth0:1:"
    if (colon == std::string_view::npos) continue;
    auto front = line->substr(0, colon);
    std::array<std::uint64_t, tx_bytes_column + 1> columns{};
    if (!numbers(line->substr(colon + 1), columns)) continue;
    each(InterfaceCounters{next_word(front), columns[0], columns[tx_bytes_column]});
  }
}

void parse_diskstats(std::string_view text, const std::function<void(const DiskCounters&)>& each) {
  enum {
    reads,
    reads_merged,
    sectors_read,
    read_ms,
    writes,
    writes_merged,
    sectors_written,
    write_ms,
    in_flight,
    busy_ms,
    fields
  };
  while (const auto whole = next_whole_line(text)) {
    auto line = *whole;
    if (!next_u64(line) || !next_u64(line)) continue;  // major, minor
    const auto name = next_word(line);
    std::array<std::uint64_t, fields> f{};
    if (name.empty() || !numbers(line, f)) continue;
    const auto read = times(f[sectors_read], sector_bytes);
    const auto written = times(f[sectors_written], sector_bytes);
    if (read && written) each(DiskCounters{name, *read, *written, f[busy_ms]});
  }
}

std::uint32_t count_established(std::string_view text, const EdgeFilter& edge) {
  constexpr std::string_view established = "01";
  std::uint32_t count = 0;
  while (const auto whole = next_whole_line(text)) {
    auto line = *whole;
    if (!next_word(line).ends_with(':')) continue;  // the slot number; the title line has none
    const auto local = next_word(line);
    next_word(line);  // the peer
    if (next_word(line) != established) continue;
    const auto colon = local.rfind(':');
    if (colon == std::string_view::npos) continue;
    const auto port = parse_number<std::uint64_t>(local.substr(colon + 1), 16);
    if (!port || std::ranges::find(edge.ports, *port) == edge.ports.end()) continue;
    const auto address = parse_hex_address(local.substr(0, colon));
    if (address && edge.admits(*address)) ++count;
  }
  return count;
}

// Two lines begin with "Tcp:", the names of the columns and their values.
std::optional<std::uint64_t> parse_current_established(std::string_view text) {
  std::optional<std::size_t> column;
  while (const auto whole = next_whole_line(text)) {
    auto line = *whole;
    if (next_word(line) != "Tcp:") continue;
    std::size_t at = 0;
    for (auto word = next_word(line); !word.empty(); word = next_word(line), ++at) {
      if (column ? at == *column : word == "CurrEstab") {
        if (column) return parse_number<std::uint64_t>(word);
        column = at;
        break;
      }
    }
    if (!column) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<StubPage> parse_stub_status(std::string_view text) {
  constexpr std::string_view title = "Active connections:";
  auto first = next_line(text);
  if (!first.starts_with(title)) return std::nullopt;
  first.remove_prefix(title.size());
  const auto active = next_u64(first);
  if (!next_line(text).starts_with("server accepts handled requests")) return std::nullopt;
  auto counts = next_line(text);
  std::array<std::uint64_t, 3> accepts_handled_requests{};
  if (!active || !numbers(counts, accepts_handled_requests)) return std::nullopt;
  auto states = next_line(text);
  const auto reading = labelled(states, "Reading:");
  const auto writing = labelled(states, "Writing:");
  if (!reading || !writing) return std::nullopt;
  return StubPage{*active, accepts_handled_requests[2], *reading, *writing};
}

std::optional<std::uint64_t> parse_cgroup_number(std::string_view text) {
  return parse_number<std::uint64_t>(next_line(text));
}

std::optional<double> parse_cpu_max(std::string_view text) {
  auto line = next_line(text);
  const auto quota = next_u64(line);
  const auto period = next_u64(line);
  if (!quota || !period || *quota == 0 || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<std::uint64_t> parse_keyed(std::string_view text, std::string_view key) {
  while (const auto whole = next_whole_line(text)) {
    auto line = *whole;
    if (next_word(line) == key) return next_u64(line);
  }
  return std::nullopt;
}

}  // namespace edgeherd::agent
