// Any bytes as a recorded tick: refused, or planned again.
#include "coordinator/evidence/replan.h"
#include "coordinator/evidence/snapshot.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const auto snapshot = evidence::decode(bytes);
  if (!snapshot.ok()) fuzz::require(!snapshot.error().message.empty());
  fuzz::require(evidence::replan(bytes).ok() == snapshot.ok());
  return 0;
}
