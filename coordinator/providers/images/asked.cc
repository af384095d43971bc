#include "coordinator/providers/images/asked.h"

namespace edgeherd::images {

Asked read_asked(const ImageId& image) {
  const std::string& text = image.str();
  if (text.starts_with(tag_word)) return {By::tag, text.substr(tag_word.size())};
  if (text.starts_with(name_word)) return {By::name, text.substr(name_word.size())};
  return {By::id, text};
}

std::optional<PlacementError> check_asked(const ImageId& image) {
  const Asked asked = read_asked(image);
  if (!asked.value.empty()) return std::nullopt;
  return PlacementError{"image_id", "\"" + image.str() + "\" names no image: \"" +
                                        std::string(asked.by == By::name ? name_word : tag_word) +
                                        "edge\" would"};
}

}  // namespace edgeherd::images
