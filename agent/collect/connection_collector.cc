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
        tcp6_(root, "proc/net/tcp6") {}

  void collect(MonoTime, Reading& reading) override {
    if (use_kernel_) {
      const auto count = kernel_.count_established();
      if (count) {
        reading.edge_connections = *count;
        return;
      }
      // A kernel that lacks the facility will not learn it; a shortage passes.
      const auto code = count.error().code;
      if (code != Errc::timeout && code != Errc::exhausted) use_kernel_ = false;
    }
    reading.edge_connections = from_tables();
  }

 private:
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
};

}  // namespace

std::unique_ptr<Collector> make_connection_collector(const std::string& root, EdgeFilter edge) {
  return std::make_unique<ConnectionCollector>(root, std::move(edge));
}

}  // namespace edgeherd::agent
