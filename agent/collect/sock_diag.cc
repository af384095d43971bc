#include "agent/collect/sock_diag.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "common/os/system_error.h"

namespace edgeherd::agent {
namespace {

constexpr std::size_t op_bytes = sizeof(inet_diag_bc_op);
constexpr std::size_t test_bytes = 2 * op_bytes;  // a port test and the port behind it

void put(std::vector<std::uint8_t>& code, const inet_diag_bc_op& op) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&op);
  code.insert(code.end(), bytes, bytes + sizeof op);
}

void put_test(std::vector<std::uint8_t>& code, std::uint8_t test, std::uint16_t port,
              std::size_t no_distance) {
  put(code, {test, static_cast<std::uint8_t>(test_bytes), static_cast<std::uint16_t>(no_distance)});
  put(code, {0, 0, port});  // the kernel reads the port from `no` of the next word
}

// "source port is one of ports" for the kernel's filter machine: for each port  >= p && <= p, then
// a jump to the very end, which accepts. A jump four bytes past the end rejects.
std::vector<std::uint8_t> compile(const std::vector<std::uint16_t>& ports) {
  std::vector<std::uint8_t> code;
  const std::size_t block = 2 * test_bytes + op_bytes;
  const std::size_t whole = ports.size() * block - op_bytes;  // the last needs no jump
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const bool last = i + 1 == ports.size();
    const std::size_t next = last ? whole + op_bytes : (i + 1) * block;
    put_test(code, INET_DIAG_BC_S_GE, ports[i], next - code.size());
    put_test(code, INET_DIAG_BC_S_LE, ports[i], next - code.size());
    if (!last) {
      put(code, {INET_DIAG_BC_JMP, static_cast<std::uint8_t>(op_bytes),
                 static_cast<std::uint16_t>(whole - code.size())});
    }
  }
  return code;
}

// The error that a message of type NLMSG_ERROR carries, as an errno.
int refusal(const nlmsghdr& header) {
  if (header.nlmsg_len < NLMSG_LENGTH(sizeof(nlmsgerr))) return EPROTO;
  const int error = static_cast<const nlmsgerr*>(NLMSG_DATA(&header))->error;
  // The kernel's own are negative errnos; another number's negative may not even exist.
  constexpr int greatest_errno = 4095;
  return error <= 0 && error >= -greatest_errno ? -error : EPROTO;
}

// The kernel has filtered by port; the address is ours to look at.
bool is_edge(const nlmsghdr& header, const EdgeFilter& edge) {
  if (header.nlmsg_type != TCPDIAG_GETSOCK) return false;
  if (header.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) return false;
  const auto& socket = *static_cast<const inet_diag_msg*>(NLMSG_DATA(&header));
  const auto* source = reinterpret_cast<const std::uint8_t*>(socket.id.idiag_src);
  if (socket.idiag_family == AF_INET) return edge.admits(mapped(source));
  AddressBytes local{};
  std::copy_n(source, local.size(), local.begin());
  return edge.admits(local);
}

}  // namespace

Result<SockDiagPart> read_sock_diag(std::span<const char> bytes, std::uint32_t sequence,
                                    const EdgeFilter& edge) {
  SockDiagPart part;
  while (bytes.size() >= sizeof(nlmsghdr)) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(bytes.data());
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > bytes.size()) break;
    // NLMSG_NEXT would wrap around at a last message that is not padded.
    const std::size_t step = NLMSG_ALIGN(std::size_t{header->nlmsg_len});
    bytes = bytes.subspan(std::min(step, bytes.size()));
    if (header->nlmsg_seq != sequence) continue;  // the rest of an answer that timed out
    if (header->nlmsg_type == NLMSG_DONE) {
      part.last = true;
      break;
    }
    if (header->nlmsg_type == NLMSG_ERROR) return os::system_error(refusal(*header), "sock_diag");
    if (is_edge(*header, edge)) ++part.count;
  }
  return part;
}

SockDiag::SockDiag(EdgeFilter edge) : edge_(std::move(edge)) {
  if (!edge_.ports.empty() && edge_.ports.size() <= max_ports) filter_ = compile(edge_.ports);
}

Status SockDiag::open() {
  if (socket_.open()) return {};
  socket_ = os::Fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket_.open()) return os::system_error(errno, "opening a sock_diag socket");
  const timeval limit{1, 0};  // the kernel answers at once; this is for the day it does not
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return {};
}

Status SockDiag::ask() {
  struct {
    nlmsghdr header;
    inet_diag_req request;
    nlattr filter;
  } ask{};
  static_assert(sizeof ask == NLMSG_ALIGN(sizeof(nlmsghdr)) + sizeof(inet_diag_req) + NLA_HDRLEN);
  ask.header.nlmsg_len = static_cast<std::uint32_t>(sizeof ask + filter_.size());
  ask.header.nlmsg_type = TCPDIAG_GETSOCK;
  ask.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  ask.header.nlmsg_seq = ++sequence_;
  ask.request.idiag_family = AF_INET;  // must be a known one; a dump is of both families
  ask.request.idiag_states = 1U << TCP_ESTABLISHED;
  ask.filter.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + filter_.size());
  ask.filter.nla_type = INET_DIAG_REQ_BYTECODE;
  std::array<iovec, 2> parts{iovec{&ask, sizeof ask}, iovec{filter_.data(), filter_.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  if (::sendmsg(socket_.get(), &message, 0) < 0) return os::system_error(errno, "asking sock_diag");
  return {};
}

Result<std::uint32_t> SockDiag::read_answers() {
  alignas(nlmsghdr) std::array<char, 16 * 1024> buffer;
  std::uint32_t count = 0;
  for (;;) {
    const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      const int error = got == 0 ? EPROTO : errno == EAGAIN ? ETIMEDOUT : errno;  // SO_RCVTIMEO
      return os::system_error(error, "reading from sock_diag");
    }
    const auto part =
        read_sock_diag({buffer.data(), static_cast<std::size_t>(got)}, sequence_, edge_);
    if (!part) return part.error();
    count += part->count;
    if (part->last) return count;
  }
}

Result<std::uint32_t> SockDiag::count_established() {
  if (filter_.empty())
    return fail(Errc::invalid, "sock_diag: between 1 and 32 ports can be counted");
  if (auto opened = open(); !opened) return opened.error();
  const auto asked = ask();
  auto count = asked ? read_answers() : Result<std::uint32_t>(asked.error());
  if (!count) socket_.reset();  // an answer may be half read: begin afresh next time
  return count;
}

}  // namespace edgeherd::agent
