// Any bytes: as a manifest they are refused or survive being written again; as an S3 error or a
// page of a listing they give an answer that breaks no log line and no promise.
#include <cstdlib>

#include "common/archive/gunzip.h"
#include "common/archive/manifest.h"
#include "common/archive/s3_xml.h"
#include "common/http/http_date.h"

using namespace edgeherd;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void as_manifest(std::string_view bytes) {
  const auto manifest = archive::parse_manifest(bytes);
  if (!manifest.ok()) return;
  const auto again = archive::parse_manifest(archive::to_json(*manifest));
  check(again.ok() && *again == *manifest);
  (void)archive::check_manifest(*manifest, manifest->node);
}

void as_store_answer(std::string_view bytes) {
  for (const int status : {301, 403, 404, 503}) {
    const auto error = archive::s3_error(status, bytes);
    check(error.message.find('\n') == std::string::npos && error.message.size() < 1000);
  }
  const auto page = archive::parse_list_page(bytes);
  if (!page.ok()) return;
  check(page->objects.size() <= archive::max_page_objects);
  for (const auto& object : page->objects) check(!object.key.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  as_manifest(bytes);
  as_store_answer(bytes);
  (void)http::parse_http_date(bytes);
  if (const auto counted = archive::count_gzip(bytes); counted.ok()) {
    check(counted->lines <= counted->bytes);
  }
  return 0;
}
