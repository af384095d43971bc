#include "agent/metadata/facts.h"

#include <algorithm>

#include <boost/json.hpp>

namespace edgeherd::agent::metadata {

namespace json = boost::json;

namespace {

// Ids and places go to pages, logs and key files as they are.
bool is_plain(std::string_view text) {
  constexpr std::size_t longest = 128;
  return !text.empty() && text.size() <= longest &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") ==
             std::string_view::npos;
}

Result<json::object> parse_object(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !value.is_object()) return fail(Errc::broken, "that is no JSON object");
  return std::move(value.get_object());
}

// The first wrong field is kept in `wrong`.
std::string plain_text(const json::object& object, const char* key, std::string& wrong) {
  const json::value* value = object.if_contains(key);
  if (value != nullptr && value->is_string() && is_plain(value->get_string())) {
    return std::string(value->get_string());
  }
  if (wrong.empty()) wrong = "\"" + std::string(key) + "\" must be a short, plain text";
  return {};
}

// A number in some descriptions, a text of digits in others.
std::string droplet_id(const json::object& object, std::string& wrong) {
  const json::value* value = object.if_contains("droplet_id");
  if (value != nullptr && value->is_int64() && value->get_int64() > 0) {
    return std::to_string(value->get_int64());
  }
  if (value != nullptr && value->is_string()) return plain_text(object, "droplet_id", wrong);
  wrong = "\"droplet_id\" must be a number";
  return {};
}

}  // namespace

std::string_view to_string(Cloud cloud) {
  return cloud == Cloud::aws ? "aws" : "digitalocean";
}

Result<Facts> parse_identity_document(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return object.error();
  std::string wrong;
  Facts facts;
  facts.cloud = Cloud::aws;
  facts.instance_id = plain_text(*object, "instanceId", wrong);
  facts.region = plain_text(*object, "region", wrong);
  facts.zone = plain_text(*object, "availabilityZone", wrong);
  if (!wrong.empty()) return fail(Errc::broken, wrong);
  return facts;
}

Result<Found> parse_droplet(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return object.error();
  std::string wrong;
  Found found;
  found.facts.cloud = Cloud::digitalocean;
  found.facts.instance_id = droplet_id(*object, wrong);
  found.facts.region = plain_text(*object, "region", wrong);
  found.facts.zone = found.facts.region;
  const json::value* user_data = object->if_contains("user_data");
  if (user_data != nullptr && user_data->is_string()) {
    found.user_data = std::string(user_data->get_string());
  } else if (user_data != nullptr && !user_data->is_null() && wrong.empty()) {
    wrong = "\"user_data\" must be a text";
  }
  if (found.user_data.size() > most_user_data_bytes && wrong.empty()) {
    wrong = "\"user_data\" has more than 64 KiB";
  }
  if (!wrong.empty()) return fail(Errc::broken, wrong);
  return found;
}

std::vector<Cloud> clouds_to_ask(Wanted wanted, std::string_view vendor) {
  switch (wanted) {
    case Wanted::none:
      return {};
    case Wanted::aws:
      return {Cloud::aws};
    case Wanted::digitalocean:
      return {Cloud::digitalocean};
    case Wanted::automatic:
      break;
  }
  if (vendor == "Amazon EC2") return {Cloud::aws};
  if (vendor == "DigitalOcean") return {Cloud::digitalocean};
  return {Cloud::aws, Cloud::digitalocean};
}

}  // namespace edgeherd::agent::metadata
