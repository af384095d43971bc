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

}  // namespace

Options read_options(Section& section, const ProviderId& account) {
  Options options;
  options.account = account;
  options.access = read_access(section);
  section.text("size", options.size, Need::optional);
  section.texts("ssh_keys", options.ssh_keys, Need::optional);
  read_vpcs(section, options);
  section.texts("tags", options.tags, Need::optional);
  for (const std::string& tag : options.tags) check_tag(section, "tags", tag);
  section.text("image_tag", options.image_tag, Need::optional);
  if (!options.image_tag.empty()) check_tag(section, "image_tag", options.image_tag);
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
