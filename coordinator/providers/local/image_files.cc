#include "coordinator/providers/local/image_files.h"

#include <boost/json.hpp>

#include "common/core/utc.h"

namespace edgeherd::local {

namespace json = boost::json;

namespace {

constexpr std::size_t max_image_bytes = 64 * 1024;
constexpr int schema = 1;

bool is_version(const std::string& text) {
  return !text.empty() && text.front() != '.' && text.find('/') == std::string::npos;
}

std::string text_of(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

Result<std::vector<std::string>> boot_of(const json::object& object, const std::string& path) {
  const json::value* value = object.if_contains("boot");
  std::vector<std::string> boot;
  if (value != nullptr && value->is_array()) {
    for (const json::value& word : value->as_array()) {
      if (!word.is_string()) return fail(Errc::invalid, path + ": 'boot' must hold texts only");
      boot.emplace_back(word.as_string());
    }
  }
  if (boot.empty() || boot.front().empty()) {
    return fail(Errc::invalid, path + ": 'boot' must be a list with the program to start");
  }
  return boot;
}

}  // namespace

Result<BootImage> read_image(FileSystem& files, const std::string& images, const ImageId& id) {
  if (!is_version(id.str())) return fail(Errc::invalid, "'" + id.str() + "' is no image version");
  BootImage found;
  found.directory = images + "/" + id.str();
  const std::string path = found.directory + "/image.json";
  auto text = files.read_whole(path, max_image_bytes);
  if (!text) return fail(Errc::invalid, "image '" + id.str() + "': " + text.error().message);
  boost::system::error_code error;
  const json::value parsed = json::parse(*text, error);
  if (error || !parsed.is_object()) return fail(Errc::invalid, path + ": not a JSON object");
  const json::object& object = parsed.as_object();
  const json::value* version = object.if_contains("schema");
  if (version == nullptr || *version != schema) {
    return fail(Errc::invalid, path + ": 'schema' must be " + std::to_string(schema));
  }
  auto created = parse_utc(text_of(object, "created"));
  if (!created) return fail(Errc::invalid, path + ": 'created': " + created.error().message);
  auto boot = boot_of(object, path);
  if (!boot) return boot.error();
  found.image = {id, text_of(object, "name"), *created};
  found.boot = std::move(*boot);
  std::string& program = found.boot.front();
  const bool relative = program.front() != '/' && program.find('/') != std::string::npos;
  if (relative) program = found.directory + "/" + program;
  return found;
}

Result<std::vector<act::Image>> list_images(FileSystem& files, const std::string& images) {
  auto names = files.list(images);
  if (!names) return names.error();
  std::vector<act::Image> found;
  for (const std::string& name : *names) {
    auto image = read_image(files, images, ImageId(name));
    if (image) found.push_back(std::move(image->image));
  }
  return found;
}

}  // namespace edgeherd::local
