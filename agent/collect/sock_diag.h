// Counts established TCP connections by asking the kernel (NETLINK_SOCK_DIAG, sock_diag(7)).
//
// One walk over the kernel's table, with the ports compiled into its filter, so that only matching
// sockets are copied out. The walk is what costs, since the table has room for every connection
// that the machine could have: so the older form of the question is asked, the one that takes IPv4
// and IPv6 together. Thread: one owner.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/collect/edge_filter.h"
#include "common/core/result.h"
#include "common/os/fd.h"

namespace edgeherd::agent {

// What one datagram of the kernel's answer adds.
struct SockDiagPart {
  std::uint32_t count = 0;
  bool last = false;
};
// Messages of another `sequence` are left out. An error when the kernel refuses. Pure; `bytes` must
// be aligned as netlink's headers are.
[[nodiscard]] Result<SockDiagPart> read_sock_diag(std::span<const char> bytes,
                                                  std::uint32_t sequence, const EdgeFilter& edge);

class SockDiag {
 public:
  // At most `max_ports` ports; more are an `invalid` request.
  static constexpr std::size_t max_ports = 32;

  explicit SockDiag(EdgeFilter edge);

  // Over IPv4 and IPv6 together. An error when the kernel lacks the facility or did not answer
  // within a second; the caller may then read /proc/net/tcp instead.
  [[nodiscard]] Result<std::uint32_t> count_established();

 private:
  Status open();
  Status ask();
  Result<std::uint32_t> read_answers();

  os::Fd socket_;
  std::uint32_t sequence_ = 0;
  EdgeFilter edge_;
  std::vector<std::uint8_t> filter_;  // empty: too many ports, or none
};

}  // namespace edgeherd::agent
