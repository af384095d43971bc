#include "coordinator/providers/aws/requests.h"

#include "common/core/utc.h"
#include "common/crypto/digest.h"

namespace edgeherd::aws {

namespace {

constexpr std::size_t most_tags = 50;  // of one resource

void add_tags(Parameters& into, const act::CreateRequest& request, const Options& options) {
  int number = 0;
  const auto add = [&](std::string_view key, const std::string& value) {
    const std::string prefix = "TagSpecification.1.Tag." + std::to_string(++number);
    into.emplace_back(prefix + ".Key", key);
    into.emplace_back(prefix + ".Value", value);
  };
  into.emplace_back("TagSpecification.1.ResourceType", "instance");
  add(fleet_tag, request.fleet);
  add(node_tag, request.node.str());
  add(zone_tag, request.zone.str());
  add("Name", request.node.str());
  if (images::is_looked_up(request.image)) add(asked_image_tag, request.image.str());
  for (const auto& [key, value] : options.tags) add(key, value);
}

void add_page(Parameters& into, const Options& options, const std::string& next) {
  into.emplace_back("MaxResults", std::to_string(options.page_size));
  if (!next.empty()) into.emplace_back("NextToken", next);
}

}  // namespace

std::string form(std::string_view action, const Parameters& parameters) {
  Parameters all{{"Action", std::string(action)}, {"Version", "2016-11-15"}};
  all.insert(all.end(), parameters.begin(), parameters.end());
  return sigv4::query_string(all);
}

std::string client_token(const act::CreateRequest& request, const std::string& type) {
  const std::string intent = request.node.str() + "\n" + type + "\n" + request.place;
  return "edgeherd-" + crypto::to_hex(crypto::sha256(intent)).substr(0, 48);
}

Parameters run_instances(const act::CreateRequest& request, const ImageId& image,
                         const std::string& type, const Region& region, const Options& options) {
  Parameters p{{"MinCount", "1"},
               {"MaxCount", "1"},
               {"ImageId", image.str()},
               {"InstanceType", type},
               {"Placement.AvailabilityZone", request.place},
               {"UserData", crypto::to_base64(request.user_data)},
               {"ClientToken", client_token(request, type)},
               // The agent speaks version 2 alone; it may sit in a container, one hop further.
               {"MetadataOptions.HttpTokens", "required"},
               {"MetadataOptions.HttpPutResponseHopLimit", "2"},
               // A server that shuts itself down must not stay and cost.
               {"InstanceInitiatedShutdownBehavior", "terminate"}};
  if (const auto subnet = region.subnets.find(request.place); subnet != region.subnets.end()) {
    p.emplace_back("SubnetId", subnet->second);
  }
  int number = 0;
  for (const std::string& group : region.security_groups) {
    p.emplace_back("SecurityGroupId." + std::to_string(++number), group);
  }
  if (!region.key_name.empty()) p.emplace_back("KeyName", region.key_name);
  if (!region.instance_profile.empty()) {
    p.emplace_back("IamInstanceProfile.Name", region.instance_profile);
  }
  add_tags(p, request, options);
  return p;
}

Parameters one_instance(const VmId& vm) {
  return {{"InstanceId.1", vm.str()}};
}

// No filter by state: what is filtered out could not be told from what is not there.
Parameters inventory_page(const Options& options, const std::string& next) {
  Parameters p;
  add_page(p, options, next);
  if (options.inventory == Inventory::tagged) {
    p.emplace_back("Filter.1.Name", "tag-key");
    p.emplace_back("Filter.1.Value.1", fleet_tag);
  }
  return p;
}

Parameters instances_of_node(const NodeId& node) {
  return {{"Filter.1.Name", "tag:" + std::string(node_tag)}, {"Filter.1.Value.1", node.str()}};
}

Parameters image_page(const Options& options, const std::string& next) {
  Parameters p{{"Owner.1", "self"},
               {"Filter.1.Name", "tag-key"},
               {"Filter.1.Value.1", options.image_tag},
               {"Filter.2.Name", "state"},
               {"Filter.2.Value.1", "available"}};
  add_page(p, options, next);
  return p;
}

Parameters image_page(const Options& options, const images::Asked& asked, const std::string& next) {
  const std::string filter =
      asked.by == images::By::name ? std::string("name") : "tag:" + options.image_tag;
  Parameters p{{"Owner.1", "self"}, {"Filter.1.Name", filter}, {"Filter.1.Value.1", asked.value}};
  add_page(p, options, next);
  return p;
}

bool is_filter_value(std::string_view text) {
  return !text.empty() && text.find_first_of("*?\\") == std::string_view::npos;
}

Parameters copy_image(const CloudImage& image, const std::string& from, const std::string& to,
                      std::size_t attempt) {
  const std::string which =
      from + "\n" + image.image.id.str() + "\n" + to + "\n" + std::to_string(attempt);
  Parameters p{{"SourceRegion", from},
               {"SourceImageId", image.image.id.str()},
               {"Name", image.image.name},
               {"ClientToken", "edgeherd-" + crypto::to_hex(crypto::sha256(which)).substr(0, 48)},
               {"TagSpecification.1.ResourceType", "image"}};
  std::size_t number = 0;
  const auto add = [&](std::string_view key, const std::string& value) {
    if (number == most_tags) return;
    const std::string prefix = "TagSpecification.1.Tag." + std::to_string(++number);
    p.emplace_back(prefix + ".Key", key);
    p.emplace_back(prefix + ".Value", value);
  };
  add(copy_tag, image.original + "/" + utc_text(image.original_created));
  for (const auto& [key, value] : image.tags) {
    if (key != copy_tag && !key.starts_with("aws:")) add(key, value);
  }
  return p;
}

bool is_instance_id(std::string_view text) {
  return text.starts_with("i-") && text.size() >= 10 && text.size() <= 19 &&
         text.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

}  // namespace edgeherd::aws
