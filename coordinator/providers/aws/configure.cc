#include "coordinator/providers/aws/configure.h"

#include <algorithm>

#include "coordinator/providers/aws/requests.h"

namespace edgeherd::aws {

using config::Need;
using config::Section;

namespace {

// EC2 takes 50; fleet, node, zone, Name and the image that was asked for are ours.
constexpr std::size_t most_tags = 50 - 5;
constexpr std::size_t longest_tag_key = 127;
constexpr std::size_t longest_tag_value = 255;

bool is_word(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

// "eu-west-1", "us-gov-east-1"
bool is_region(std::string_view text) {
  return is_word(text) && text.find('-') != std::string_view::npos && text.front() != '-' &&
         text.back() >= '0' && text.back() <= '9';
}

void read_texts_by_name(Section& section, std::string_view key,
                        std::map<std::string, std::string>& into) {
  const config::Value* value = section.raw(key);
  if (value == nullptr) return;
  const std::string name = "\"" + std::string(key) + "\"";
  if (value->object() == nullptr) {
    return section.problem(key, name + " is an object of texts, not " + std::string(value->kind()));
  }
  for (const config::Member& member : *value->object()) {
    if (const std::string* text = member.value.text(); text != nullptr && !text->empty()) {
      into[member.key] = *text;
    } else {
      section.problems().add(member.value.at, name + ": \"" + member.key + "\" must be a text");
    }
  }
}

// `kind` as in the id: "sg" for "sg-0123abcd".
bool is_id(std::string_view text, std::string_view kind) {
  return text.size() > kind.size() + 1 && text.starts_with(kind) && text[kind.size()] == '-' &&
         text.find_first_not_of("0123456789abcdef", kind.size() + 1) == std::string_view::npos;
}

Region read_region(const std::string& name, Section& section, const Region& defaults) {
  Region region = defaults;
  region.name = name;
  region.endpoint =
      "https://ec2." + name + ".amazonaws.com" + (name.starts_with("cn-") ? ".cn" : "");
  if (!is_region(name)) {
    section.problem("\"" + name + "\" is not the name of a region, as eu-west-1 is");
  }
  read_endpoint(section, "endpoint", region.endpoint);
  section.text("key_name", region.key_name, Need::optional);
  section.text("instance_profile", region.instance_profile, Need::optional);
  section.texts("security_groups", region.security_groups, Need::optional);
  for (const std::string& group : region.security_groups) {
    if (!is_id(group, "sg")) {
      section.problem("security_groups",
                      "\"" + group + "\" is not the id of a group, as sg-0a1b2c3d");
    }
  }
  read_texts_by_name(section, "subnets", region.subnets);
  for (const auto& [place, subnet] : region.subnets) {
    if (!place.starts_with(name)) {
      section.problem("subnets", "\"" + place + "\" is not an availability zone of " + name);
    }
    if (!is_id(subnet, "subnet")) {
      section.problem("subnets",
                      "\"" + subnet + "\" is not the id of a subnet, as subnet-0a1b2c3d");
    }
  }
  section.finish();
  return region;
}

void read_tags(Section& section, Options& options) {
  read_texts_by_name(section, "tags", options.tags);
  if (options.tags.size() > most_tags) {
    section.problem("tags", "at most " + std::to_string(most_tags) + " tags");
  }
  for (const auto& [key, value] : options.tags) {
    if (key.starts_with("edgeherd:") || key.starts_with("aws:") || key == "Name") {
      section.problem("tags", "\"" + key + "\" is not for you to set");
    } else if (key.empty() || key.size() > longest_tag_key || value.size() > longest_tag_value) {
      section.problem("tags", "\"" + key.substr(0, 40) +
                                  "\": a key has 1 to 127, a value at most "
                                  "255 characters");
    }
  }
  section.text("image_tag", options.image_tag, Need::optional);
  if (options.image_tag.empty()) section.problem("image_tag", "\"image_tag\" must not be empty");
}

}  // namespace

const Region* region_of(const Options& options, std::string_view place) {
  const auto found =
      std::find_if(options.regions.begin(), options.regions.end(), [&](const Region& region) {
        if (!place.starts_with(region.name) || place.size() == region.name.size()) return false;
        // "us-east-1a" and "us-east-1-bos-1a" are of us-east-1; "us-east-10a" is not.
        const char next = place[region.name.size()];
        return next < '0' || next > '9';
      });
  return found == options.regions.end() ? nullptr : &*found;
}

std::optional<images::PlacementError> check_placement(const Options& options,
                                                      const model::PlacementPolicy& placement) {
  if (region_of(options, placement.place) == nullptr) {
    return images::PlacementError{
        "place", "\"" + placement.place + "\" is in none of the \"regions\" of the \"options\""};
  }
  if (placement.size.empty() && options.instance_type.empty()) {
    return images::PlacementError{"size",
                                  "there is no \"size\": neither here, nor in its region or "
                                  "the file, nor an \"instance_type\" in its \"options\""};
  }
  if (auto wrong = images::check_asked(placement.image)) return wrong;
  const images::Asked asked = images::read_asked(placement.image);
  if (asked.by == images::By::id || is_filter_value(asked.value)) return std::nullopt;
  return images::PlacementError{"image_id", "\"" + asked.value +
                                                "\" would be taken for a pattern: no \"*\", \"?\" "
                                                "or backslash"};
}

Options read_options(Section& section, const ProviderId& account) {
  Options options;
  options.account = account;
  read_credentials(section, options.credentials);
  Region defaults;
  section.text("key_name", defaults.key_name, Need::optional);
  section.text("instance_profile", defaults.instance_profile, Need::optional);
  for (auto& [name, sub] : section.sections("regions", Need::required)) {
    options.regions.push_back(read_region(name, sub, defaults));
  }
  if (section.has("regions") && options.regions.empty()) {
    section.problem("regions", "\"regions\" must name at least one");
  }
  section.text("instance_type", options.instance_type, Need::optional);
  read_tags(section, options);
  bool distribute = false;
  section.flag("distribute_images", distribute, Need::optional);
  if (distribute) options.distribution = Distribution::by_launches;
  section.choice("inventory", options.inventory,
                 {{"tagged", Inventory::tagged}, {"account", Inventory::account}}, Need::optional);
  section.choice("address", options.address,
                 {{"public", Address::public_address}, {"private", Address::private_address}},
                 Need::optional);
  section.duration("timeout", options.timeout, 1s, 5min, Need::optional);
  section.number("api_share", options.api_share, 0.05, 1, Need::optional);
  section.text("ca_file", options.ca_file, Need::optional);
  section.finish();
  return options;
}

}  // namespace edgeherd::aws
