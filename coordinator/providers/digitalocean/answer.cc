#include "coordinator/providers/digitalocean/answer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "coordinator/providers/digitalocean/fields.h"
#include "coordinator/providers/digitalocean/order.h"

namespace edgeherd::digitalocean {

namespace json = boost::json;

namespace {

std::optional<model::Power> power_from(std::string_view status) {
  if (status == "new") return model::Power::starting;
  if (status == "active") return model::Power::running;
  if (status == "off" || status == "archive") return model::Power::stopped;
  return std::nullopt;
}

void read_addresses(const json::object& networks, const std::string& path, Fields& droplet,
                    model::Vm& vm) {
  Fields fields(networks, path);
  const json::array* v4 = fields.optional_list("v4");
  for (std::size_t i = 0; v4 != nullptr && i < v4->size(); ++i) {
    const std::string name = "networks.v4[" + std::to_string(i) + "]";
    if (!(*v4)[i].is_object()) return droplet.wrong(name, "an object is expected");
    Fields network((*v4)[i].get_object(), droplet.path_of(name));
    const std::string type = network.text("type");
    const std::string address = network.text("ip_address");
    if (auto good = network.status(); !good) return droplet.wrong(name, good.error().message);
    if (type == "public" && vm.address.empty()) vm.address = address;
    if (type == "private" && vm.private_address.empty()) vm.private_address = address;
  }
  if (auto good = fields.status(); !good) droplet.wrong("networks", good.error().message);
}

void read_tags(const json::array& tags, Fields& droplet, model::Vm& vm) {
  for (const json::value& value : tags) {
    if (!value.is_string()) return droplet.wrong("tags", "a list of texts is expected");
    const std::string_view tag(value.get_string().data(), value.get_string().size());
    if (tag.starts_with(fleet_prefix)) vm.fleet = tag.substr(fleet_prefix.size());
    if (tag.starts_with(node_prefix)) vm.node = NodeId(std::string(tag.substr(node_prefix.size())));
    if (tag.starts_with(image_prefix)) {
      vm.image = image_in_tag(tag.substr(image_prefix.size()));
    }
  }
}

Result<model::Vm> vm_of(const json::object& object, const std::string& path) {
  Fields droplet(object, path);
  model::Vm vm;
  vm.id = VmId(std::to_string(droplet.count("id")));
  vm.created = droplet.moment("created_at");
  const std::string status = droplet.text("status");
  if (const auto power = power_from(status)) vm.power = *power;
  if (!power_from(status)) droplet.wrong("status", "\"" + status + "\" is none that is known");
  if (const json::object* region = droplet.object("region")) {
    Fields fields(*region, droplet.path_of("region"));
    vm.place = fields.text("slug");
    if (auto good = fields.status(); !good) return good.error();
  }
  if (const json::object* image = droplet.optional_object("image")) {
    Fields fields(*image, droplet.path_of("image"));
    vm.image = ImageId(std::to_string(fields.count("id")));
    if (auto good = fields.status(); !good) return good.error();
  }
  if (const json::object* networks = droplet.optional_object("networks")) {
    read_addresses(*networks, droplet.path_of("networks"), droplet, vm);
  }
  if (const json::array* tags = droplet.list("tags")) read_tags(*tags, droplet, vm);
  if (auto good = droplet.status(); !good) return good.error();
  return vm;
}

Result<CloudImage> image_of(const json::object& object, const std::string& path) {
  Fields fields(object, path);
  CloudImage found;
  found.image.id = ImageId(std::to_string(fields.count("id")));
  found.image.name = fields.optional_text("name");
  found.image.created = fields.moment("created_at");
  found.status = fields.text("status");
  found.is_public = fields.optional_flag("public");
  if (const json::array* regions = fields.list("regions")) {
    for (const json::value& region : *regions) {
      if (!region.is_string()) {
        fields.wrong("regions", "a list of texts is expected");
        break;
      }
      found.regions.emplace_back(region.get_string());
    }
  }
  if (auto good = fields.status(); !good) return good.error();
  return found;
}

ActionState state_in(Fields& action) {
  const std::string status = action.text("status");
  if (status == "completed") return ActionState::completed;
  if (status == "errored") return ActionState::errored;
  if (status != "in-progress") {
    action.wrong("status", "\"" + status + "\" is none that is known");
  }
  return ActionState::in_progress;
}

Result<ImageAction> image_action_of(const json::object& object, const std::string& path) {
  Fields fields(object, path);
  ImageAction action;
  action.id = std::to_string(fields.count("id"));
  action.type = fields.text("type");
  action.region = fields.optional_text("region_slug");
  action.state = state_in(fields);
  action.started = fields.moment("started_at");
  if (auto good = fields.status(); !good) return good.error();
  return action;
}

}  // namespace

Result<model::Vm> parse_droplet(std::string_view body) {
  auto object = object_in(body);
  if (!object) return object.error();
  Fields answer(*object, "");
  const json::object* droplet = answer.object("droplet");
  return droplet == nullptr ? Result<model::Vm>(answer.status().error())
                            : vm_of(*droplet, "droplet");
}

Result<Page<model::Vm>> parse_droplets(std::string_view body, std::string_view path) {
  return page_in<model::Vm>(body, path, "droplets", vm_of);
}

Result<Page<CloudImage>> parse_images(std::string_view body, std::string_view path) {
  return page_in<CloudImage>(body, path, "images", image_of);
}

Result<CloudImage> parse_image(std::string_view body) {
  auto object = object_in(body);
  if (!object) return object.error();
  Fields answer(*object, "");
  const json::object* image = answer.object("image");
  return image == nullptr ? Result<CloudImage>(answer.status().error()) : image_of(*image, "image");
}

Result<Page<ImageAction>> parse_image_actions(std::string_view body, std::string_view path) {
  return page_in<ImageAction>(body, path, "actions", image_action_of);
}

Result<Action> parse_action(std::string_view body) {
  auto object = object_in(body);
  if (!object) return object.error();
  Fields answer(*object, "");
  const json::object* inner = answer.object("action");
  if (inner == nullptr) return answer.status().error();
  Fields fields(*inner, "action");
  Action action;
  action.id = std::to_string(fields.count("id"));
  action.state = state_in(fields);
  if (auto good = fields.status(); !good) return good.error();
  return action;
}

std::string word_of(std::string_view body) {
  auto object = object_in(body);
  if (!object) return {};
  return Fields(*object, "").optional_text("id");
}

std::string message_of(std::string_view body) {
  auto object = object_in(body);
  if (!object) return {};
  return Fields(*object, "").optional_text("message");
}

}  // namespace edgeherd::digitalocean
