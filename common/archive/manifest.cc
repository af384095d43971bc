#include "common/archive/manifest.h"

#include <algorithm>
#include <initializer_list>
#include <unordered_set>

#include <boost/json.hpp>

#include "common/archive/archive.h"
#include "common/crypto/digest.h"

namespace edgeherd::archive {

namespace json = boost::json;

namespace {

constexpr std::uint64_t manifest_version = 1;
constexpr std::size_t max_json_depth = 4;

Error wrong(const std::string& where, const std::string& what) {
  return fail(Errc::invalid, "manifest: " + where + " " + what);
}

Result<std::uint64_t> number(const json::object& object, const char* name,
                             const std::string& where) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr) return wrong(where, "has no '" + std::string(name) + "'");
  // Boost holds what fits as int64; a uint64 is above every limit of ours.
  const std::int64_t* value = found->if_int64();
  if (value == nullptr || *value < 0 || static_cast<std::uint64_t>(*value) > max_manifest_number) {
    return wrong(where, "has a '" + std::string(name) + "' that is no whole number up to 2^53");
  }
  return static_cast<std::uint64_t>(*value);
}

Result<std::string> text(const json::object& object, const char* name, std::size_t limit,
                         const std::string& where) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr) return wrong(where, "has no '" + std::string(name) + "'");
  const json::string* value = found->if_string();
  if (value == nullptr || value->empty() || value->size() > limit) {
    return wrong(where, "has a '" + std::string(name) + "' that is no text of 1 to " +
                            std::to_string(limit) + " bytes");
  }
  return std::string(value->data(), value->size());
}

Result<ManifestSegment> parse_segment(const json::value& value, const std::string& where) {
  const json::object* object = value.if_object();
  if (object == nullptr) return wrong(where, "is no object");
  const auto seq = number(*object, "seq", where);
  if (!seq) return seq.error();
  auto key = text(*object, "key", max_key_bytes, where);
  if (!key) return key.error();
  if (auto good = check_key(*key); !good)
    return wrong(where, "has a bad 'key': " + good.error().message);
  const auto lines = number(*object, "lines", where);
  if (!lines) return lines.error();
  const auto bytes = number(*object, "bytes", where);
  if (!bytes) return bytes.error();
  auto sha256 = text(*object, "sha256", 64, where);
  if (!sha256) return sha256.error();
  if (!crypto::is_sha256_hex(*sha256))
    return wrong(where, "has a 'sha256' that is not 64 lower-case hex digits");
  return ManifestSegment{*seq, std::move(*key), *lines, *bytes, std::move(*sha256)};
}

Result<Manifest> parse_object(const json::object& object) {
  const std::string where = "the document";
  const auto version = number(object, "version", where);
  if (!version) return version.error();
  if (*version != manifest_version) {
    return wrong(where, "has version " + std::to_string(*version) + ", only 1 is known");
  }
  Manifest manifest;
  auto node = text(object, "node", max_segment_name_bytes, where);
  if (!node) return node.error();
  manifest.node = std::move(*node);
  const auto lost = number(object, "lines_lost", where);
  if (!lost) return lost.error();
  manifest.lines_lost = *lost;

  const json::value* segments = object.if_contains("segments");
  const json::array* list = segments == nullptr ? nullptr : segments->if_array();
  if (list == nullptr) return wrong(where, "has no list 'segments'");
  if (list->size() > max_manifest_segments) {
    return fail(Errc::exhausted,
                "manifest: more than " + std::to_string(max_manifest_segments) + " segments");
  }
  manifest.segments.reserve(list->size());
  for (const auto& value : *list) {
    auto segment =
        parse_segment(value, "segments[" + std::to_string(manifest.segments.size()) + "]");
    if (!segment) return segment.error();
    manifest.segments.push_back(std::move(*segment));
  }
  return manifest;
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
  if (text.size() > max_manifest_bytes) {
    return fail(Errc::exhausted,
                "manifest: more than " + std::to_string(max_manifest_bytes) + " bytes");
  }
  json::parse_options options;
  options.max_depth = max_json_depth;
  json::error_code error;
  const json::value document = json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return fail(Errc::invalid, "manifest: " + error.message());
  const json::object* object = document.if_object();
  if (object == nullptr) return wrong("the document", "is no object");
  return parse_object(*object);
}

std::string to_json(const Manifest& manifest) {
  json::array segments;
  segments.reserve(manifest.segments.size());
  for (const auto& segment : manifest.segments) {
    segments.push_back(json::object{{"seq", segment.seq},
                                    {"key", segment.key},
                                    {"lines", segment.lines},
                                    {"bytes", segment.bytes},
                                    {"sha256", segment.sha256}});
  }
  const json::object document{{"version", manifest_version},
                              {"node", manifest.node},
                              {"lines_lost", manifest.lines_lost},
                              {"segments", std::move(segments)}};
  return json::serialize(document) + "\n";
}

Status check_manifest(const Manifest& manifest, std::string_view node) {
  const auto conflict = [](const std::string& what) {
    return fail(Errc::conflict, "manifest: " + what);
  };
  if (manifest.node != node) {
    return conflict("it is node '" + manifest.node + "''s, not '" + std::string(node) + "''s");
  }
  std::vector<std::uint64_t> numbers;
  std::unordered_set<std::string_view> keys;
  for (const auto& segment : manifest.segments) {
    numbers.push_back(segment.seq);
    if (!keys.insert(segment.key).second) return conflict("'" + segment.key + "' is there twice");
  }
  std::sort(numbers.begin(), numbers.end());
  for (std::uint64_t expected = 1; expected <= numbers.size(); ++expected) {
    const std::uint64_t found = numbers[expected - 1];
    if (found == expected) continue;
    if (found == 0) return conflict("segment 0 cannot be");
    if (found < expected) return conflict("segment " + std::to_string(found) + " is there twice");
    return conflict("segment " + std::to_string(expected) + " is missing");
  }
  return {};
}

}  // namespace edgeherd::archive
