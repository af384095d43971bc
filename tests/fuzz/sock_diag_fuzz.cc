// Any bytes as the kernel's answer about sockets: counted or refused, and never more than there
// are.
#include "agent/collect/sock_diag.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using namespace edgeherd::agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of exactly this size, aligned as the receive buffer is: what lies behind it is not ours.
  std::vector<char> bytes(data, data + size);
  for (const std::uint32_t sequence : {0U, 1U}) {
    const auto part = read_sock_diag(bytes, sequence, EdgeFilter{{80}, std::nullopt});
    if (part.ok()) fuzz::require(part->count <= size / 16);
  }
  return 0;
}
