// Any bytes as a zone file: it is refused with its name and a line, or read; and when a name of
// ours is changed in it, the new text is a zone file that has the name as it was wanted, and takes
// no further change.
#include "coordinator/dns/file/zone.h"
#include "coordinator/dns/file/zone_lexer.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using namespace edgeherd::dns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  const auto entries = split_zone("z", text);
  const auto zone = parse_zone("z", text, "e.org");
  fuzz::require(entries.ok() || !zone.ok());
  if (!zone.ok()) {
    fuzz::require(zone.error().message.starts_with("z"));
    return 0;
  }
  const std::string name = "lon1.e.org";
  const act::NameSet wanted{name, {"192.0.2.7"}, 30s};
  const auto changed = change_names(*zone, {wanted});
  if (!changed.ok()) return 0;
  const auto again = parse_zone("z", *changed, "e.org");
  fuzz::require(again.ok());
  const auto names = read_names(*again, {name});
  fuzz::require(names.ok() && names->size() == 1 && names->front().addresses == wanted.addresses);
  const auto settled = change_names(*again, {wanted});
  fuzz::require(settled.ok() && *settled == *changed);
  return 0;
}
