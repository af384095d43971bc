#include "coordinator/providers/digitalocean/order.h"

#include <algorithm>

#include <boost/json.hpp>

#include "coordinator/providers/images/asked.h"

namespace edgeherd::digitalocean {

namespace json = boost::json;

namespace {

constexpr std::size_t max_user_data_bytes = 64 * 1024;
constexpr std::size_t max_tag_bytes = 255;
constexpr char escape = '_';  // then a byte in hexadecimal
constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string> tags_of(const act::CreateRequest& request, const Template& from) {
  std::vector<std::string> tags = {std::string(fleet_prefix) + request.fleet,
                                   std::string(node_prefix) + request.node.str(),
                                   image_tag(request.image)};
  tags.insert(tags.end(), from.tags.begin(), from.tags.end());
  return tags;
}

// A number is an id; anything else is a slug, a fingerprint, a name.
json::value id_or_text(const std::string& text) {
  return is_number(text) ? json::value(std::stoll(text)) : json::value(text);
}

}  // namespace

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= max_tag_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter_or_digit(c) || c == '_' || c == '-' || c == ':';
         });
}

bool is_droplet_id(std::string_view text) {
  return is_number(text) && text.front() != '0';
}

Status check_create(const act::CreateRequest& request, const Template& from) {
  const std::string& node = request.node.str();
  const bool good_name = !node.empty() && is_letter_or_digit(node.front()) &&
                         is_letter_or_digit(node.back()) &&
                         std::all_of(node.begin(), node.end(),
                                     [](char c) { return is_letter_or_digit(c) || c == '-'; });
  if (!good_name) return fail(Errc::invalid, "node \"" + node + "\" is no name of a droplet");
  if (request.fleet.empty()) return fail(Errc::invalid, "a droplet of no fleet");
  for (const std::string& tag : tags_of(request, from)) {
    if (!is_tag(tag)) return fail(Errc::invalid, "\"" + tag + "\" is no tag");
  }
  if (request.place.empty()) return fail(Errc::invalid, "no region to place the droplet in");
  if (request.size.empty() && from.default_size.empty()) {
    return fail(Errc::invalid, "no \"size\", neither in the zone nor in the options");
  }
  if (request.image.empty()) return fail(Errc::invalid, "no \"image_id\"");
  if (request.user_data.size() > max_user_data_bytes) {
    return fail(Errc::invalid,
                "user data of " + std::to_string(request.user_data.size()) + " bytes, 65536 fit");
  }
  return {};
}

std::string create_body(const act::CreateRequest& request, const Template& from,
                        const ImageId& image) {
  json::object body = {{"name", request.node.str()},
                       {"region", request.place},
                       {"size", request.size.empty() ? from.default_size : request.size},
                       {"image", id_or_text(image.str())}};
  json::array tags;
  for (const std::string& tag : tags_of(request, from)) tags.emplace_back(tag);
  body["tags"] = std::move(tags);
  if (!from.ssh_keys.empty()) {
    json::array keys;
    for (const std::string& key : from.ssh_keys) keys.push_back(id_or_text(key));
    body["ssh_keys"] = std::move(keys);
  }
  if (!from.vpc.empty()) body["vpc_uuid"] = from.vpc;
  if (!request.user_data.empty()) body["user_data"] = request.user_data;
  return json::serialize(body);
}

std::string action_body(std::string_view type) {
  return json::serialize(json::object{{"type", type}});
}

std::string transfer_body(std::string_view region) {
  return json::serialize(json::object{{"type", "transfer"}, {"region", region}});
}

std::string image_tag(const ImageId& asked) {
  const images::Asked read = images::read_asked(asked);
  std::string tag(image_prefix);
  if (read.by != images::By::name) return tag + asked.str();
  tag += images::name_word;
  for (const char c : read.value) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
      tag += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      tag += {escape, hex_digits[byte >> 4], hex_digits[byte & 0xf]};
    }
  }
  return tag;
}

ImageId image_in_tag(std::string_view value) {
  if (!value.starts_with(images::name_word)) return ImageId(std::string(value));
  std::string name;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto high = i + 2 < value.size() ? hex_digits.find(value[i + 1]) : std::string_view::npos;
    const auto low = i + 2 < value.size() ? hex_digits.find(value[i + 2]) : std::string_view::npos;
    if (value[i] != escape || high == std::string_view::npos || low == std::string_view::npos) {
      name += value[i];
      continue;
    }
    name += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return ImageId(std::move(name));
}

}  // namespace edgeherd::digitalocean
