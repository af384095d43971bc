#include "common/archive/archive.h"

#include <algorithm>
#include <cstdio>

#include "common/core/text.h"
#include "common/crypto/digest.h"

namespace edgeherd::archive {

namespace {

constexpr std::string_view segment_suffix = ".log.gz";
constexpr std::string_view manifest_name = "manifest.json";

// A part of a key, between slashes. `what` begins the message.
Status check_part(std::string_view what, std::string_view part) {
  const std::string name(what);
  if (part.empty()) return fail(Errc::invalid, name + " is empty");
  if (part == "." || part == "..") return fail(Errc::invalid, name + " must not be '.' or '..'");
  if (part.size() > max_segment_name_bytes) {
    return fail(Errc::invalid,
                name + " is longer than " + std::to_string(max_segment_name_bytes) + " bytes");
  }
  if (!is_clean(part)) {
    return fail(Errc::invalid, name + " has a control character or is not valid UTF-8");
  }
  if (part.find('/') != std::string_view::npos) return fail(Errc::invalid, name + " has a slash");
  return {};
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Status check_date(std::string_view date) {
  const bool shaped = date.size() == 10 && date[4] == '-' && date[7] == '-' &&
                      all_digits(date.substr(0, 4)) && all_digits(date.substr(5, 2)) &&
                      all_digits(date.substr(8, 2));
  if (shaped) {
    const std::chrono::year_month_day day{
        std::chrono::year{std::stoi(std::string(date.substr(0, 4)))},
        std::chrono::month{static_cast<unsigned>(std::stoi(std::string(date.substr(5, 2))))},
        std::chrono::day{static_cast<unsigned>(std::stoi(std::string(date.substr(8, 2))))}};
    if (day.ok()) return {};
  }
  return fail(Errc::invalid, "the date of a segment must be a day like 2026-11-23");
}

Status check_node(const NodePath& node) {
  if (auto good = check_part("the provider's name", node.provider); !good) return good;
  if (auto good = check_part("the zone's name", node.zone); !good) return good;
  return check_part("the node's name", node.node);
}

std::string node_root(const std::string& prefix, const NodePath& node) {
  std::string root = prefix.empty() ? "" : prefix + "/";
  return root + node.provider + "/" + node.zone + "/" + node.node + "/";
}

Result<std::string> checked(std::string key) {
  if (auto good = check_key(key); !good) return good.error();
  return key;
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::stored:
      return "stored";
    case Verdict::missing:
      return "missing";
    case Verdict::different:
      return "different";
  }
  return "unknown";
}

std::string_view to_string(Evidence evidence) {
  switch (evidence) {
    case Evidence::none:
      return "none";
    case Evidence::length:
      return "length";
    case Evidence::checksum:
      return "checksum";
    case Evidence::etag:
      return "etag";
    case Evidence::read:
      return "read";
  }
  return "unknown";
}

Result<std::string> LogArchive::object_key(const NodePath& node, std::string_view date,
                                           std::uint64_t seq) const {
  if (auto good = check_node(node); !good) return good.error();
  if (auto good = check_date(date); !good) return good.error();
  if (seq == 0) return fail(Errc::invalid, "segments are numbered from 1");
  // Ten digits keep a listing in order of time for one segment a second over three centuries.
  char number[24];
  std::snprintf(number, sizeof number, "%010llu", static_cast<unsigned long long>(seq));
  return checked(node_root(prefix_, node) + std::string(date) + "/" + number +
                 std::string(segment_suffix));
}

Result<std::string> LogArchive::manifest_key(const NodePath& node) const {
  if (auto good = check_node(node); !good) return good.error();
  return checked(node_root(prefix_, node) + std::string(manifest_name));
}

Status check_key(std::string_view key) {
  if (key.size() > max_key_bytes) {
    return fail(Errc::invalid,
                "an object key is longer than " + std::to_string(max_key_bytes) + " bytes");
  }
  for (std::size_t begin = 0; begin <= key.size();) {
    const auto end = std::min(key.find('/', begin), key.size());
    if (auto good = check_part("a part of the object key", key.substr(begin, end - begin)); !good) {
      return good;
    }
    begin = end + 1;
  }
  return {};
}

Status check_expected(std::string_view key, const Expected& object) {
  const std::string name = "'" + std::string(key) + "'";
  if (object.bytes > max_object_bytes) {
    return fail(Errc::invalid, name + " has " + std::to_string(object.bytes) +
                                   " bytes, more than the " + std::to_string(max_object_bytes) +
                                   " of one upload");
  }
  if (object.sha256_hex.size() != 64 || !is_lower_hex(object.sha256_hex)) {
    return fail(Errc::invalid, "the sha256 of " + name + " is not 64 lower-case hex digits");
  }
  if (object.md5_base64.empty()) return {};
  const auto md5 = crypto::from_base64(object.md5_base64);
  if (md5 && md5->size() == 16) return {};
  return fail(Errc::invalid, "the md5 of " + name + " is not 16 bytes in base64");
}

Status check_put(const PutSpec& spec, std::string_view prefix) {
  if (auto good = check_key(spec.key); !good) return good;
  const std::string root = prefix.empty() ? "" : std::string(prefix) + "/";
  if (!spec.key.starts_with(root)) {
    return fail(Errc::invalid, "object key '" + spec.key + "' is not under '" + root + "'");
  }
  if (auto good = check_expected(spec.key, spec.object); !good) return good;
  if (spec.object.md5_base64.empty()) {
    return fail(Errc::invalid, "the md5 of '" + spec.key + "' is needed for an upload");
  }
  if (spec.validity < 1s || spec.validity > max_grant_validity) {
    return fail(Errc::invalid, "a grant is valid for one second to seven days");
  }
  return {};
}

Result<std::string> clean_prefix(std::string_view prefix) {
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty()) return std::string();
  return checked(std::string(prefix));
}

}  // namespace edgeherd::archive
