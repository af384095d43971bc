#include <algorithm>
#include <cstdint>
#include <utility>

#include "agent/collect/collectors.h"
#include "agent/collect/proc_parse.h"
#include "agent/collect/sock_diag.h"
#include "agent/collect/source.h"

namespace edgeherd::agent {
namespace {

class ConnectionCollector final : public Collector {
 public:
  ConnectionCollector(const std::string& root, EdgeFilter edge)
      : edge_(std::move(edge)),
        use_kernel_(root == "/"),
        kernel_(edge_),
        tcp_(root, "proc/net/tcp"),
        tcp6_(root, "proc/net/tcp6"),
        snmp_(root, "proc/net/snmp") {}

  void collect(MonoTime now, Reading& reading) override {
    const auto text = snmp_.read();
    const auto established = text ? parse_current_established(*text) : std::nullopt;
    reading.edge_connections = estimate(now, established);
    if (reading.edge_connections) return;
    reading.edge_connections = count();
    counted_.reset();
    if (reading.edge_connections && established) {
      counted_ = {now, *reading.edge_connections, *established};
    }
  }

 private:
  static constexpr Duration longest_without_counting = 5s;
  static constexpr std::uint32_t many = 1000;

  struct Counted {
    MonoTime at{};
    std::uint32_t edge = 0;
    std::uint64_t established = 0;  // in all, as the kernel said
  };

  // Absent when they have to be counted.
  [[nodiscard]] std::optional<std::uint32_t> estimate(
      MonoTime now, std::optional<std::uint64_t> established) const {
    if (!counted_ || !established || now - counted_->at >= longest_without_counting) {
      return std::nullopt;
    }
    if (*established == counted_->established) return counted_->edge;
    const auto moved = static_cast<std::int64_t>(*established - counted_->established);
    const auto now_there = static_cast<std::int64_t>(counted_->edge) + moved;
    if (counted_->edge < many || now_there < many) return std::nullopt;
    return static_cast<std::uint32_t>(std::min<std::int64_t>(now_there, UINT32_MAX));
  }

  std::optional<std::uint32_t> count() {
    if (use_kernel_) {
      const auto count = kernel_.count_established();
      if (count) return *count;
      // A kernel that lacks the facility will not learn it; a shortage passes.
      const auto code = count.error().code;
      if (code != Errc::timeout && code != Errc::exhausted) use_kernel_ = false;
    }
    return from_tables();
  }

  std::optional<std::uint32_t> from_tables() {
    const auto four = tcp_.read();
    if (!four) return std::nullopt;
    const auto count = count_established(*four, edge_);
    const auto six = tcp6_.read();  // not there on a box without IPv6
    return count + (six ? count_established(*six, edge_) : 0);
  }

  EdgeFilter edge_;
  bool use_kernel_;
  SockDiag kernel_;
  Source tcp_;
  Source tcp6_;
  Source snmp_;
  std::optional<Counted> counted_;
};

}  // namespace

std::unique_ptr<Collector> make_connection_collector(const std::string& root, EdgeFilter edge) {
  return std::make_unique<ConnectionCollector>(root, std::move(edge));
}

}  // namespace edgeherd::agent
