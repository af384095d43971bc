#include "coordinator/providers/digitalocean/configure.h"

#include "coordinator/providers/digitalocean/order.h"

namespace edgeherd::digitalocean {

using config::Need;
using config::Section;

namespace {

bool is_uuid(const std::string& text) {
  constexpr std::size_t length = 36;
  if (text.size() != length) return false;
  for (std::size_t i = 0; i < length; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

void read_vpcs(Section& section, Options& options) {
  const config::Value* value = section.raw("vpcs");
  if (value == nullptr) return;
  const config::Object* vpcs = value->object();
  if (vpcs == nullptr) {
    return section.problem("vpcs", "\"vpcs\" must be an object, { \"lon1\": \"<uuid>\" }");
  }
  for (const config::Member& vpc : *vpcs) {
    const std::string* uuid = vpc.value.text();
    if (uuid == nullptr || !is_uuid(*uuid)) {
      section.problems().add(vpc.value.at, "the VPC of \"" + vpc.key + "\" must be a UUID");
      continue;
    }
    options.vpcs[vpc.key] = *uuid;
  }
}

void check_tag(Section& section, std::string_view key, const std::string& tag) {
  if (!is_tag(tag)) {
    section.problem(key, "\"" + tag + "\" is no tag: letters, digits, \"_\", \"-\" and \":\"");
  } else if (tag.starts_with("edgeherd-")) {
    section.problem(key, "\"" + tag + "\": tags that begin with \"edgeherd-\" are Edgeherd's own");
  }
}

// "3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa": the one kind that the cloud knows.
bool is_fingerprint(std::string_view text) {
  constexpr std::size_t pairs = 16;
  if (text.size() != 3 * pairs - 1) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (i % 3 == 2 ? text[i] != ':' : !hex) return false;
  }
  return true;
}

void check_ssh_key(Section& section, const std::string& key) {
  const bool is_id = !key.empty() && key.find_first_not_of("0123456789") == std::string::npos;
  if (is_id || is_fingerprint(key)) return;
  constexpr std::size_t most_shown = 60;
  section.problem("ssh_keys", "\"" + key.substr(0, most_shown) +
                                  "\" is neither the id nor the MD5 fingerprint of a key of the "
                                  "account, as 512189 or 3b:16:bf:... in 16 pairs");
}

}  // namespace

std::optional<images::PlacementError> check_placement(const Options& options,
                                                      const model::PlacementPolicy& placement) {
  if (placement.size.empty() && options.size.empty()) {
    return images::PlacementError{"size",
                                  "there is no \"size\": neither here, nor in its region, "
                                  "the file, or its \"options\""};
  }
  if (auto wrong = images::check_asked(placement.image)) return wrong;
  const images::Asked asked = images::read_asked(placement.image);
  if (asked.by != images::By::tag || is_tag(asked.value)) return std::nullopt;
  return images::PlacementError{"image_id", "\"" + asked.value + "\" is no tag"};
}

Options read_options(Section& section, const ProviderId& account) {
  Options options;
  options.account = account;
  options.access = read_access(section);
  section.text("size", options.size, Need::optional);
  section.texts("ssh_keys", options.ssh_keys, Need::optional);
  for (const std::string& key : options.ssh_keys) check_ssh_key(section, key);
  read_vpcs(section, options);
  section.texts("tags", options.tags, Need::optional);
  for (const std::string& tag : options.tags) check_tag(section, "tags", tag);
  section.text("image_tag", options.image_tag, Need::optional);
  if (section.has("image_tag")) check_tag(section, "image_tag", options.image_tag);
  bool distribute = false;
  section.flag("distribute_images", distribute, Need::optional);
  if (distribute) options.distribution = Distribution::by_launches;
  section.choice("health_by", options.health_by,
                 {{"public", HealthBy::public_address}, {"private", HealthBy::private_address}},
                 Need::optional);
  section.duration("settle", options.settle, 0s, 1min, Need::optional);
  section.duration("reboot_patience", options.reboot_patience, 0s, 50s, Need::optional);
  section.finish();
  return options;
}

}  // namespace edgeherd::digitalocean
