// Counts established TCP connections by asking the kernel (NETLINK_SOCK_DIAG, sock_diag(7)).
//
// One walk over the kernel's table per address family, with the ports compiled into its filter, so
// that only matching sockets are copied out. Thread: one owner.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/collect/edge_filter.h"
#include "common/core/result.h"
#include "common/os/fd.h"

namespace edgeherd::agent {

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
  Status ask(std::uint8_t family);
  Result<std::uint32_t> read_answers();
  Result<std::uint32_t> count_family(std::uint8_t family);

  os::Fd socket_;
  std::uint32_t sequence_ = 0;
  EdgeFilter edge_;
  std::vector<std::uint8_t> filter_;  // empty: too many ports, or none
};

}  // namespace edgeherd::agent
