// What an S3 store says in XML: its errors, and one page of a listing.
//
// Everything here comes from the network: sizes are bounded, and text that goes into messages is
// made printable. Thread: safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/archive/archive.h"
#include "common/core/result.h"

namespace edgeherd::archive {

inline constexpr std::size_t max_error_xml_bytes = 64 * 1024;
inline constexpr std::size_t max_list_xml_bytes = 8 * 1024 * 1024;  // 1,000 objects are below 4 MiB
inline constexpr std::size_t max_page_objects = 1000;

// The error of an HTTP answer with a status of 300 or more. Its code follows the store's own
// ("SlowDown", "AccessDenied", ...) where there is one, else the status.
[[nodiscard]] Error s3_error(int status, std::string_view body);

struct ListPage {
  std::vector<ObjectInfo> objects;
  std::string next_token;  // empty on the last page
};

// The answer to ListObjectsV2. `broken` when it is not one, or contradicts itself: a page that says
// there are more without saying where to go on must not look like a complete list.
[[nodiscard]] Result<ListPage> parse_list_page(std::string_view body);

}  // namespace edgeherd::archive
