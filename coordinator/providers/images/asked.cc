#include "coordinator/providers/images/asked.h"

namespace edgeherd::images {

Asked read_asked(const ImageId& image) {
  const std::string& text = image.str();
  if (text.starts_with(tag_word)) return {By::tag, text.substr(tag_word.size())};
  if (text.starts_with(name_word)) return {By::name, text.substr(name_word.size())};
  return {By::id, text};
}

}  // namespace edgeherd::images
