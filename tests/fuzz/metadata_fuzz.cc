// Any bytes as a metadata service's answer, or as what was kept of one: facts that can go to pages
// and files as they are, or an error of one line without what was in it.
#include "agent/metadata/facts.h"
#include "agent/metadata/remembered.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using namespace edgeherd::agent;

namespace {

void require_plain(const std::string& text) {
  fuzz::require(!text.empty() && text.size() <= 128);
  fuzz::require(text.find_first_of("\r\n\t \"<>&") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto facts = metadata::parse_identity_document(text); facts.ok()) {
    require_plain(facts->instance_id);
    require_plain(facts->region);
    require_plain(facts->zone);
  } else {
    fuzz::require(facts.error().message.find('\n') == std::string::npos);
  }
  if (const auto found = metadata::parse_droplet(text); found.ok()) {
    require_plain(found->facts.instance_id);
    require_plain(found->facts.region);
    fuzz::require(found->user_data.size() <= metadata::most_user_data_bytes);
  } else {
    fuzz::require(found.error().message.find('\n') == std::string::npos);
  }
  if (const auto known = metadata::parse_remembered(text); !known.ok()) {
    fuzz::require(known.error().message.find('\n') == std::string::npos);
  }
  return 0;
}
