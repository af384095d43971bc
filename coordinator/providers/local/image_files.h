// Image versions of the `local` provider: <images>/<version>/ with image.json
//   { "schema": 1, "name": "Edge 1", "created": "2026-11-23T07:00:00Z", "boot": ["./boot.sh"] }
// and whatever the boot command needs. A version may be wrong or broken: it then boots into
// trouble, as a bad snapshot of a real provider would.
#pragma once

#include <string>
#include <vector>

#include "common/core/file_system.h"
#include "common/core/result.h"
#include "coordinator/act/seams/provider.h"

namespace edgeherd::local {

struct BootImage {
  act::Image image;
  std::string directory;
  std::vector<std::string> boot;  // boot[0] with a '/' but not at its start: within the directory
};

// `invalid` for a version that does not exist or whose image.json cannot be read: a provider asked
// for it would refuse.
[[nodiscard]] Result<BootImage> read_image(FileSystem& files, const std::string& images,
                                           const ImageId& id);

// Those that can be read; a directory without a good image.json is no image.
[[nodiscard]] Result<std::vector<act::Image>> list_images(FileSystem& files,
                                                          const std::string& images);

}  // namespace edgeherd::local
