// How a zone names the image that it wants: "tag:edge", "name:edge-7", or an id of the cloud's own.
//
// Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/ids.h"

namespace edgeherd::images {

inline constexpr std::string_view tag_word = "tag:";
inline constexpr std::string_view name_word = "name:";

enum class By { id, tag, name };

struct Asked {
  By by = By::id;
  std::string value;  // without the word before it
};

[[nodiscard]] Asked read_asked(const ImageId& image);
// Whether the cloud must be asked which image that is.
[[nodiscard]] inline bool is_looked_up(const ImageId& image) {
  return read_asked(image).by != By::id;
}

// What is wrong with a placement, and which key of the zone would mend it.
struct PlacementError {
  std::string key;
  std::string what;
};
// A word without what belongs behind it asks for nothing.
[[nodiscard]] std::optional<PlacementError> check_asked(const ImageId& image);

}  // namespace edgeherd::images
