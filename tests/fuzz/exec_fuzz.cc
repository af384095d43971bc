// Any bytes as a program's answer: refused as broken or as the error it names, or read with an id
// for each server.
#include "coordinator/providers/exec/answer.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto listed = exec::parse_servers(text); listed.ok()) {
    for (const auto& vm : *listed) require(!vm.id.empty());
  }
  (void)exec::parse_done(text).ok();
  if (const auto made = exec::parse_server(text); made.ok()) require(!made->id.empty());
  (void)exec::parse_images(text).ok();
  return 0;
}
