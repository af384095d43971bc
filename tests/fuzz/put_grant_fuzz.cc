// Any bytes as a PUT to the embedded archive, its target and its headers a line each: refused
// without the right signature, and with one granted and stored as it was signed or refused for what
// it says.
#include "common/archive/file_endpoint.h"
#include "common/archive/put_grant.h"
#include "common/crypto/digest.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using fuzz::require;

namespace {

constexpr std::string_view body = "x";
const std::string secret(archive::min_secret_bytes, 's');

http::Request request_of(std::string_view text) {
  http::Request request;
  request.method = "PUT";
  const auto lines = fuzz::parts_of(text, '\n');
  (void)http::parse_target(lines[0], request).ok();
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto parts = fuzz::parts_of(lines[i], ':');
    if (parts.size() == 2) request.headers.emplace_back(parts[0], parts[1]);
  }
  request.body = body;
  return request;
}

// As put_grant.h says; zeros in front of the bytes mean nothing.
std::string signature_of(const http::Request& request) {
  if (!request.path.starts_with(archive::endpoint_path)) return "";
  std::string_view bytes = request.query_value("bytes");
  while (bytes.size() > 1 && bytes.front() == '0') bytes.remove_prefix(1);
  std::string text = "edgeherd archive put v1\n";
  text += request.path.substr(archive::endpoint_path.size()) + "\n";
  for (const std::string_view part :
       {request.query_value("expires"), request.query_value("overwrite"), bytes,
        request.query_value("sha256")}) {
    text += std::string(part) + "\n";
  }
  text += http::header(request.headers, "Content-MD5");
  return crypto::to_hex(crypto::hmac_sha256(secret, text));
}

http::Request signed_again(http::Request request) {
  request.query.insert(request.query.begin(), {"signature", signature_of(request)});
  return request;
}

struct Archive {
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
  sim::SimRandom random{7};
  std::shared_ptr<archive::FileStore> store = *archive::FileStore::open("/archive", files, random);
  archive::FileArchiveEndpoint endpoint{store, secret, {}};
  WallTime now = loop.clock().wall();
};

void as_granted(Archive& box, const http::Request& request, const archive::PutSpec& spec) {
  require(spec.validity > 0s && spec.validity <= archive::max_grant_validity);
  require(std::string(archive::endpoint_path) + spec.key == request.path);
  require(spec.object.sha256_hex == request.query_value("sha256"));
  // What is left of it is gone then.
  require(!archive::check_file_put(request, secret, box.now + spec.validity).ok());
  // Of another key it is none.
  auto other = request;
  other.path += "x";
  require(!archive::check_file_put(other, secret, box.now).ok());
  const auto right = box.endpoint.judge(request, box.now);
  require(std::get<std::size_t>(right) == spec.object.bytes);
  const int status = box.endpoint.handle(request, box.now).status;
  const auto found = box.store->list("");
  require(found.ok() && found->size() == (status == 200 ? 1U : 0U));
  if (status != 200) return;
  require(found->front().key == spec.key && found->front().bytes == body.size());
  const int again = box.endpoint.handle(request, box.now).status;
  require(again == (spec.overwrite == archive::Overwrite::forbid ? 412 : 200));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Archive box;
  const auto request = request_of(fuzz::text_of(data, size));
  const auto plain = archive::check_file_put(request, secret, box.now);
  const auto good = signed_again(request);
  const auto granted = archive::check_file_put(good, secret, box.now);
  const bool was_signed = request.query_value("signature") == signature_of(request);
  require(plain.ok() == (was_signed && granted.ok()));
  if (granted.ok()) {
    as_granted(box, good, *granted);
  } else {
    require(!granted.error().message.empty());
    require(std::get<http::Response>(box.endpoint.judge(good, box.now)).status == 403);
  }
  return 0;
}
