#include "coordinator/providers/aws/answers.h"

#include <optional>
#include <utility>

#include <pugixml.hpp>

#include "common/core/text.h"
#include "common/core/utc.h"
#include "coordinator/providers/aws/requests.h"

namespace edgeherd::aws {

namespace {

Error broken(const std::string& what) {
  return fail(Errc::broken, what);
}

// The root of a whole document. Entities beyond XML's own five are never resolved by pugixml.
Result<pugi::xml_node> root_of(pugi::xml_document& document, std::string_view xml,
                               const char* name) {
  // pugixml takes any bytes, and what a list tells goes into rows and answers.
  const std::string text = readable(std::string(xml));
  const auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default);
  if (!parsed) {
    return broken(std::string(name) + ": no whole XML: " + parsed.description() + " at byte " +
                  std::to_string(parsed.offset));
  }
  const auto root = document.child(name);
  if (!root) return broken(std::string("no ") + name + " in the answer");
  return root;
}

struct State {
  std::string_view name;
  Alive alive;
  model::Power power;
};

constexpr State states[] = {
    {"pending", Alive::yes, model::Power::starting},
    {"running", Alive::yes, model::Power::running},
    {"stopping", Alive::yes, model::Power::stopped},
    {"stopped", Alive::yes, model::Power::stopped},
    {"shutting-down", Alive::ending, model::Power::stopped},
    {"terminated", Alive::terminated, model::Power::stopped},
};

std::optional<State> state_of(std::string_view name) {
  for (const State& state : states) {
    if (state.name == name) return state;
  }
  return std::nullopt;
}

void read_tags(const pugi::xml_node& item, model::Vm& vm) {
  for (const auto& tag : item.child("tagSet").children("item")) {
    const std::string_view key = tag.child_value("key");
    if (key == fleet_tag) vm.fleet = tag.child_value("value");
    if (key == node_tag) vm.node = NodeId(tag.child_value("value"));
    if (key == asked_image_tag) vm.image = ImageId(tag.child_value("value"));
  }
}

Result<Instance> instance_of(const pugi::xml_node& item, Address address) {
  Instance instance;
  model::Vm& vm = instance.vm;
  vm.id = VmId(item.child_value("instanceId"));
  if (!is_instance_id(vm.id.str())) return broken("an instance without an id");
  const std::string who = "instance " + vm.id.str() + ": ";
  const auto state = state_of(item.child("instanceState").child_value("name"));
  if (!state) {
    return broken(who + "instanceState \"" + item.child("instanceState").child_value("name") +
                  "\" is none that is known");
  }
  instance.alive = state->alive;
  vm.power = state->power;
  vm.image = ImageId(item.child_value("imageId"));
  read_tags(item, vm);
  vm.private_address = item.child_value("privateIpAddress");
  vm.address = address == Address::public_address ? item.child_value("ipAddress")
                                                  : item.child_value("privateIpAddress");
  vm.place = item.child("placement").child_value("availabilityZone");
  if (instance.alive == Alive::terminated) return instance;  // its fields go one by one
  if (vm.place.empty()) return broken(who + "no availabilityZone");
  const auto created = parse_utc(item.child_value("launchTime"));
  if (!created) return broken(who + "launchTime: " + created.error().message);
  vm.created = *created;
  return instance;
}

Status add_instances(const pugi::xml_node& set, Address address, std::vector<Instance>& into) {
  if (!set) return broken("a reservation without instancesSet");
  for (const auto& item : set.children("item")) {
    auto instance = instance_of(item, address);
    if (!instance) return instance.error();
    into.push_back(std::move(*instance));
  }
  return {};
}

// "eu-west-2/ami-0a1b2c3d/2026-01-02T03:04:05.000Z", as copies of ours have it. What somebody else
// wrote there makes no copy.
void read_original(const std::string& text, CloudImage& image) {
  const auto last = text.rfind('/');
  if (last == std::string::npos || text.find('/') == last) return;
  const auto created = parse_utc(text.substr(last + 1));
  if (!created) return;
  image.original = text.substr(0, last);
  image.original_created = *created;
}

Result<CloudImage> image_of(const pugi::xml_node& item, const std::string& region) {
  CloudImage image;
  image.image.id = ImageId(item.child_value("imageId"));
  image.image.name = item.child_value("name");
  if (image.image.id.empty()) return broken("an image without an id");
  const auto created = parse_utc(item.child_value("creationDate"));
  if (!created) {
    return broken("image " + image.image.id.str() + ": creationDate: " + created.error().message);
  }
  image.image.created = *created;
  image.original = region + "/" + image.image.id.str();
  image.original_created = *created;
  const std::string_view state = item.child_value("imageState");
  if (state == "available") image.state = ImageState::available;
  if (state == "pending") image.state = ImageState::pending;
  image.why = item.child("stateReason").child_value("message");
  for (const auto& tag : item.child("tagSet").children("item")) {
    image.tags.emplace_back(tag.child_value("key"), tag.child_value("value"));
    if (image.tags.back().first == copy_tag) read_original(image.tags.back().second, image);
  }
  return image;
}

}  // namespace

Result<Page<Instance>> parse_instances(std::string_view xml, Address address) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "DescribeInstancesResponse");
  if (!root) return root.error();
  const auto reservations = root->child("reservationSet");
  if (!reservations) return broken("DescribeInstancesResponse without reservationSet");
  Page<Instance> page;
  for (const auto& reservation : reservations.children("item")) {
    if (auto good = add_instances(reservation.child("instancesSet"), address, page.items); !good) {
      return good.error();
    }
  }
  page.next = root->child_value("nextToken");
  return page;
}

Result<Instance> parse_run(std::string_view xml, Address address) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "RunInstancesResponse");
  if (!root) return root.error();
  std::vector<Instance> instances;
  if (auto good = add_instances(root->child("instancesSet"), address, instances); !good) {
    return good.error();
  }
  if (instances.size() != 1) {
    return broken("one instance was asked for, " + std::to_string(instances.size()) +
                  " are in the answer");
  }
  return std::move(instances.front());
}

Result<Alive> parse_termination(std::string_view xml, const VmId& vm) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "TerminateInstancesResponse");
  if (!root) return root.error();
  const auto item = root->child("instancesSet").child("item");
  if (item.child_value("instanceId") != vm.str()) {
    return broken("TerminateInstancesResponse is not about " + vm.str());
  }
  const auto before = state_of(item.child("previousState").child_value("name"));
  if (!before) return broken("TerminateInstancesResponse without a previousState that is known");
  return before->alive;
}

Status parse_start(std::string_view xml, const VmId& vm) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "StartInstancesResponse");
  if (!root) return root.error();
  const auto item = root->child("instancesSet").child("item");
  if (item.child_value("instanceId") == vm.str()) return {};
  return broken("StartInstancesResponse is not about " + vm.str());
}

Status parse_reboot(std::string_view xml) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "RebootInstancesResponse");
  if (!root) return root.error();
  // A reboot that EC2 refuses is no 200; some of its imitations leave the word out.
  const std::string_view said = root->child_value("return");
  if (said.empty() || said == "true") return {};
  return broken("RebootInstancesResponse does not say true");
}

Result<Page<CloudImage>> parse_images(std::string_view xml, const std::string& region) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "DescribeImagesResponse");
  if (!root) return root.error();
  const auto set = root->child("imagesSet");
  if (!set) return broken("DescribeImagesResponse without imagesSet");
  Page<CloudImage> page;
  for (const auto& item : set.children("item")) {
    auto image = image_of(item, region);
    if (!image) return image.error();
    page.items.push_back(std::move(*image));
  }
  page.next = root->child_value("nextToken");
  return page;
}

Result<ImageId> parse_copy(std::string_view xml) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "CopyImageResponse");
  if (!root) return root.error();
  ImageId id(root->child_value("imageId"));
  if (id.empty()) return broken("CopyImageResponse without imageId");
  return id;
}

}  // namespace edgeherd::aws
