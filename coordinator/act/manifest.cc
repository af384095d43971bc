#include "coordinator/act/manifest.h"

#include <boost/json.hpp>

namespace edgeherd::act {

namespace json = boost::json;

namespace {

Error broken(const std::string& what) {
  return fail(Errc::broken, "manifest.json: " + what);
}

Result<std::uint64_t> number_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (value != nullptr && value->is_uint64()) return value->get_uint64();
  if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value->get_int64());
  }
  return broken(std::string("'") + name + "' is not a whole number from 0 on");
}

Result<std::string> text_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return broken(std::string("'") + name + "' is not a text");
  }
  return std::string(value->get_string());
}

Result<Segment> segment_of(const json::value& value) {
  if (!value.is_object()) return broken("a segment is not an object");
  const json::object& object = value.get_object();
  Segment segment;
  const auto seq = number_of(object, "seq");
  const auto lines = number_of(object, "lines");
  const auto bytes = number_of(object, "bytes");
  const auto key = text_of(object, "key");
  const auto sha256 = text_of(object, "sha256");
  for (const auto* number : {&seq, &lines, &bytes}) {
    if (!number->ok()) return number->error();
  }
  for (const auto* text : {&key, &sha256}) {
    if (!text->ok()) return text->error();
  }
  segment.seq = *seq;
  segment.lines = *lines;
  segment.bytes = *bytes;
  segment.key = *key;
  segment.sha256 = *sha256;
  return segment;
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !value.is_object()) return broken("it is not a JSON object");
  const json::object& object = value.get_object();
  const auto version = number_of(object, "version");
  if (!version.ok()) return version.error();
  if (*version != manifest_version) return broken("its version is " + std::to_string(*version));
  const json::value* list = object.if_contains("segments");
  if (list == nullptr || !list->is_array()) return broken("'segments' is not a list");
  Manifest manifest;
  for (const json::value& entry : list->get_array()) {
    auto segment = segment_of(entry);
    if (!segment.ok()) {
      return segment.error().within("entry " + std::to_string(manifest.segments.size() + 1));
    }
    manifest.segments.push_back(std::move(*segment));
  }
  if (object.contains("lines_lost")) {
    const auto lost = number_of(object, "lines_lost");
    if (!lost.ok()) return lost.error();
    manifest.lost_lines = *lost;
  }
  return manifest;
}

Status check_sequence(const Manifest& manifest) {
  std::uint64_t next = 1;
  for (const Segment& segment : manifest.segments) {
    if (segment.seq != next) {
      return broken("segment " + std::to_string(next) + " is missing before " +
                    std::to_string(segment.seq));
    }
    ++next;
  }
  return {};
}

}  // namespace edgeherd::act
