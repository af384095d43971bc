// Any bytes: decode() answers or refuses, and what it accepts has one encoding that it accepts
// again.
#include <cstdlib>

#include "common/wire/codec.h"

using namespace edgeherd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto message = wire::decode(bytes);
  if (!message.ok()) return 0;
  const std::string once = wire::encode(*message);
  const auto again = wire::decode(once);
  if (!again.ok() || wire::encode(*again) != once) std::abort();
  return 0;
}
