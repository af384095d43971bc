// Any bytes as a name server's answer, and as a key file: refused with words, or read; what was
// read of a message and can be written again is the same message; nothing unsigned passes for
// signed.
#include "coordinator/dns/rfc2136/tsig.h"
#include "coordinator/dns/rfc2136/update.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using namespace edgeherd::dns;
using fuzz::require;

namespace {

void as_answer(std::string_view bytes) {
  const auto message = decode(bytes);
  if (!message.ok()) return require(message.error().code == Errc::broken);
  const TsigKey key{"edgeherd", TsigAlgorithm::hmac_sha256, "secret"};
  const std::string request_mac(32, 'm');
  require(!verify(bytes, *message, key, request_mac, WallTime{}).ok());
  if (const auto names = names_of(*message, "lon1.e.org"); names.ok()) {
    require(message->authoritative && names->name == "lon1.e.org");
  }
  const auto written = encode(*message);
  if (!written.ok()) return;
  const auto again = decode(*written);
  require(again.ok() && again->id == message->id && again->rcode == message->rcode);
  require(again->answers.size() == message->answers.size());
  for (std::size_t i = 0; i < again->answers.size(); ++i) {
    require(again->answers[i].name == message->answers[i].name);
    require(again->answers[i].data == message->answers[i].data);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  as_answer(text);
  if (const auto key = parse_key_file("key", text); key.ok()) {
    require(!key->name.empty() && !key->secret.empty());
  } else {
    require(key.error().message.starts_with("key:"));
  }
  return 0;
}
