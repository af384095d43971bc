// The connections to a port of libzmq's, as its monitor tells of them, and the end of those that
// are too many: libzmq itself ends none. Private to this room.
//
// Thread: the loop's. Owner: the RouterSocket. The monitor tells late: a descriptor may be closed
// by now, and be another's. So only what is a connection of the same peer to this port is shut
// down; what slips between looking and acting is a connection more that its peer makes again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace edgeherd::net {

class Callers {
 public:
  // The most that stay, in all and of one address (IPv6: of one /64).
  struct Limits {
    std::size_t all;
    std::size_t of_address;
  };

  Callers(std::uint16_t port, Limits limits) : port_(port), limits_(limits) {}

  // Beyond a limit the oldest is shut down: of its address if that has too many, else of all.
  // True: one was.
  bool accepted(int fd);
  void disconnected(int fd);

 private:
  using Address = std::array<unsigned char, 8>;
  struct Caller {
    int fd;
    Address from;
  };
  using List = std::vector<Caller>;

  // Nothing when it is no connection to this port, or no more.
  [[nodiscard]] std::optional<Address> peer_of(int fd) const;
  void end(List::iterator caller);

  std::uint16_t port_;
  Limits limits_;
  List callers_;  // as they came
};

}  // namespace edgeherd::net
