// Holds every packet of a netfilter queue for a while, for machines without the kernel's netem.
//
// usage: slow_link QUEUE DELAY_MS JITTER_MS SECONDS
// Each packet waits DELAY_MS plus up to JITTER_MS, so packets may overtake each other. After
// SECONDS it ends, and what it held goes on at once. Rules with `bypass` pass everything when it is
// not there.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
// Behind <netinet/in.h>: its own headers need that.
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint32_t most_held = 8192;  // beyond it the kernel drops, as a full link would

struct Link {
  std::multimap<Clock::time_point, std::uint32_t> held;  // when it goes on, the packet's id
  milliseconds delay{};
  std::uniform_int_distribution<int> jitter_ms;
  std::minstd_rand random{std::random_device{}()};
};

int on_packet(nfq_q_handle*, nfgenmsg*, nfq_data* data, void* context) {
  auto& link = *static_cast<Link*>(context);
  const nfqnl_msg_packet_hdr* header = nfq_get_msg_packet_hdr(data);
  if (header == nullptr) return 0;
  const milliseconds wait = link.delay + milliseconds(link.jitter_ms(link.random));
  link.held.emplace(Clock::now() + wait, ntohl(header->packet_id));
  return 0;
}

void pass_due(nfq_q_handle* queue, Link& link, Clock::time_point now) {
  while (!link.held.empty() && link.held.begin()->first <= now) {
    nfq_set_verdict(queue, link.held.begin()->second, NF_ACCEPT, 0, nullptr);
    link.held.erase(link.held.begin());
  }
}

int run(nfq_handle* handle, nfq_q_handle* queue, Link& link, Clock::time_point end) {
  std::array<char, 65536> buffer{};
  const int fd = nfq_fd(handle);
  for (Clock::time_point now = Clock::now(); now < end; now = Clock::now()) {
    pass_due(queue, link, now);
    const auto next = link.held.empty() ? end : std::min(end, link.held.begin()->first);
    const auto wait = std::chrono::ceil<milliseconds>(next - now).count();
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(wait)) <= 0) continue;
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) nfq_handle_packet(handle, buffer.data(), static_cast<int>(got));
    // ENOBUFS: the kernel dropped some, as a full link would.
    if (got < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) return 1;
  }
  pass_due(queue, link, Clock::time_point::max());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: slow_link QUEUE DELAY_MS JITTER_MS SECONDS\n", stderr);
    return 2;
  }
  Link link;
  link.delay = milliseconds(std::atoi(argv[2]));
  link.jitter_ms = std::uniform_int_distribution<int>(0, std::max(0, std::atoi(argv[3])));
  nfq_handle* handle = nfq_open();
  nfq_q_handle* queue =
      handle == nullptr ? nullptr
                        : nfq_create_queue(handle, static_cast<std::uint16_t>(std::atoi(argv[1])),
                                           on_packet, &link);
  if (queue == nullptr || nfq_set_mode(queue, NFQNL_COPY_META, 0) < 0) {
    std::perror("slow_link: no netfilter queue");
    return 1;
  }
  nfq_set_queue_maxlen(queue, most_held);
  std::puts("ready");
  std::fflush(stdout);
  const auto end = Clock::now() + std::chrono::seconds(std::clamp(std::atoi(argv[4]), 1, 3600));
  const int status = run(handle, queue, link, end);
  nfq_destroy_queue(queue);
  nfq_close(handle);
  return status;
}
