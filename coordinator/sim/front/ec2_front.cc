// EC2's API before a simulated account.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <pugixml.hpp>

#include "common/core/token_bucket.h"
#include "common/core/utc.h"
#include "common/crypto/digest.h"
#include "common/http/message.h"
#include "coordinator/providers/aws/aws_provider.h"
#include "coordinator/sim/front/front.h"

namespace edgeherd::sim {

namespace {

using Answer = std::function<void(http::Response)>;
using Form = std::map<std::string, std::string>;

constexpr std::string_view host_prefix = "https://ec2.";
// An instance that was ended shuts down for so long, and is shown as terminated for a while after.
constexpr Duration shutting_down = 2min;
constexpr Duration shown_after = 1h;

// Each is a bucket of tokens: how many a second, and how many at most. Stated apart from what the
// provider takes them for.
struct Limit {
  std::string_view action;
  double per_s;
  double burst;
};
constexpr Limit limits[] = {{"RunInstances", 2, 5},         {"TerminateInstances", 5, 100},
                            {"RebootInstances", 5, 50},     {"StartInstances", 5, 50},
                            {"DescribeInstances", 20, 100}, {"DescribeImages", 20, 100}};

Form form_in(const std::string& body) {
  http::Request form;
  const Status good = http::parse_target("/?" + body, form);
  return good.ok() ? Form(form.query.begin(), form.query.end()) : Form();
}

std::string value_of(const Form& form, const std::string& key) {
  const auto found = form.find(key);
  return found == form.end() ? std::string() : found->second;
}

std::string tag_of(const Form& form, std::string_view key) {
  for (int number = 1;; ++number) {
    const std::string prefix = "TagSpecification.1.Tag." + std::to_string(number);
    const auto found = form.find(prefix + ".Key");
    if (found == form.end()) return {};
    if (found->second == key) return value_of(form, prefix + ".Value");
  }
}

std::string text_of(const pugi::xml_document& document) {
  struct Writer final : pugi::xml_writer {
    std::string text;
    void write(const void* data, std::size_t size) override {
      text.append(static_cast<const char*>(data), size);
    }
  } writer;
  document.save(writer, "", pugi::format_raw);
  return std::move(writer.text);
}

void add(pugi::xml_node into, const char* name, const std::string& text) {
  into.append_child(name).text().set(text.c_str());
}

http::Response refusal(int status, const std::string& code, const std::string& message) {
  pugi::xml_document document;
  pugi::xml_node error =
      document.append_child("Response").append_child("Errors").append_child("Error");
  add(error, "Code", code);
  add(error, "Message", message);
  return {status, {}, text_of(document)};
}

http::Response refusal(const Error& error) {
  switch (error.code) {
    case Errc::throttled:
      return refusal(503, "RequestLimitExceeded", "Request limit exceeded.");
    case Errc::not_found:
      return refusal(400, "InvalidInstanceID.NotFound", error.message);
    case Errc::out_of_stock:
      return refusal(500, "InsufficientInstanceCapacity", error.message);
    default:
      return refusal(503, "Unavailable", error.message);
  }
}

std::string state_of(const model::Vm& vm) {
  return vm.power == model::Power::stopped ? "stopped" : "running";
}

void add_instance(pugi::xml_node set, const model::Vm& vm, const std::string& state) {
  pugi::xml_node item = set.append_child("item");
  add(item, "instanceId", vm.id.str());
  add(item, "imageId", vm.image.str());
  add(item.append_child("instanceState"), "name", state);
  add(item, "launchTime", utc_text(vm.created));
  add(item.append_child("placement"), "availabilityZone", vm.place);
  add(item, "ipAddress", vm.address);
  pugi::xml_node tags = item.append_child("tagSet");
  const auto tag = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    pugi::xml_node one = tags.append_child("item");
    add(one, "key", std::string(key));
    add(one, "value", value);
  };
  tag(aws::fleet_tag, vm.fleet);
  tag(aws::node_tag, vm.node.str());
}

class Ec2Front final : public Front {
 public:
  Ec2Front(SimLoop& world, SimProvider& cloud, std::vector<std::string> regions)
      : world_(world), cloud_(cloud), regions_(std::move(regions)) {
    cloud.name_servers([](std::uint64_t number) {
      std::string digits(17, '0');
      for (std::size_t i = digits.size(); number > 0; number /= 16) {
        digits[--i] = "0123456789abcdef"[number % 16];
      }
      return "i-" + digits;
    });
  }

  std::unique_ptr<act::Provider> connect(EventLoop& process) override {
    const std::shared_ptr<act::Provider> account = cloud_.connect(process);
    aws::Options options;
    options.fleet = simulated_fleet;
    for (const std::string& name : regions_) {
      aws::Region region;
      region.name = name;
      region.endpoint = std::string(host_prefix) + name + ".amazonaws.com";
      options.regions.push_back(std::move(region));
    }
    return aws::make_aws_provider(
        std::move(options), process,
        aws::make_fixed_credentials({"AKIASIMULATED", "secret", ""}, process),
        within_deadline(process,
                        [this, account](const http::ClientRequest& request, Answer answer) {
                          serve(*account, request, std::move(answer));
                        }));
  }
  const Meter& meter() const override { return meter_; }

 private:
  void serve(act::Provider& account, const http::ClientRequest& request, Answer answer) {
    const MonoTime now = world_.clock().mono();
    meter_.count(now);
    const std::size_t start = host_prefix.size();
    const std::string region = request.url.substr(start, request.url.find('.', start) - start);
    const Form form = form_in(request.body);
    const std::string action = value_of(form, "Action");
    const auto limit = std::find_if(std::begin(limits), std::end(limits),
                                    [&](const Limit& one) { return one.action == action; });
    if (limit == std::end(limits)) return answer(refusal(400, "InvalidAction", action));
    auto& bucket = buckets_.try_emplace({region, action}, limit->per_s, limit->burst).first->second;
    if (!bucket.take(now, 1)) {
      meter_.refuse();
      return answer(refusal(fail(Errc::throttled, "")));
    }
    if (action == "RunInstances") return run(account, form, std::move(answer));
    if (action == "DescribeInstances") return describe(account, region, form, std::move(answer));
    const VmId id(value_of(form, "InstanceId.1"));
    if (action == "TerminateInstances") return terminate(account, id, std::move(answer));
    if (action == "RebootInstances" || action == "StartInstances") {
      return restart(account, id, action, std::move(answer));
    }
    answer(refusal(400, "InvalidAction", action));
  }

  // A launch that is known by its token is answered with the server that it made, also when its
  // first answer was lost.
  void run(act::Provider& account, const Form& form, Answer answer) {
    act::CreateRequest order;
    order.node = NodeId(tag_of(form, aws::node_tag));
    if (!tokens_.insert(value_of(form, "ClientToken")).second) {
      for (const auto& [id, server] : cloud_.servers()) {
        if (server.vm.node == order.node) return answer(have_run(server.vm));
      }
    }
    order.fleet = tag_of(form, aws::fleet_tag);
    order.zone = ZoneId(tag_of(form, aws::zone_tag));
    order.place = value_of(form, "Placement.AvailabilityZone");
    order.image = ImageId(value_of(form, "ImageId"));
    order.size = value_of(form, "InstanceType");
    const auto user_data = crypto::from_base64(value_of(form, "UserData"));
    if (!user_data.ok()) {
      return answer(refusal(400, "InvalidUserData.Malformed", user_data.error().message));
    }
    order.user_data = *user_data;
    account.create(std::move(order), [answer = std::move(answer)](const Result<model::Vm>& made) {
      answer(made.ok() ? have_run(*made) : refusal(made.error()));
    });
  }

  static http::Response have_run(const model::Vm& vm) {
    pugi::xml_document document;
    add_instance(document.append_child("RunInstancesResponse").append_child("instancesSet"), vm,
                 state_of(vm));
    return {200, {}, text_of(document)};
  }

  void describe(act::Provider& account, const std::string& region, const Form& form,
                Answer answer) {
    account.list([this, region, form,
                  answer = std::move(answer)](Result<std::vector<model::Vm>> listed) {
      if (!listed.ok()) return answer(refusal(listed.error()));
      add_ended(*listed);
      const std::string id = value_of(form, "InstanceId.1");
      const bool by_node = value_of(form, "Filter.1.Name") == "tag:" + std::string(aws::node_tag);
      const std::string node = by_node ? value_of(form, "Filter.1.Value.1") : "";
      std::erase_if(*listed, [&](const model::Vm& vm) {
        return !vm.place.starts_with(region) || (!id.empty() && vm.id.str() != id) ||
               (!node.empty() && vm.node.str() != node);
      });
      if (!id.empty() && listed->empty()) {
        return answer(refusal(fail(Errc::not_found, "no instance " + id)));
      }
      answer(page_of(*listed, form));
    });
  }

  // Those that the account has forgotten are shown for a while.
  void add_ended(std::vector<model::Vm>& listed) {
    const MonoTime now = world_.clock().mono();
    std::erase_if(ended_, [now](const auto& one) {
      return now - one.second.at > shutting_down + shown_after;
    });
    std::set<VmId> there;
    for (const model::Vm& vm : listed) there.insert(vm.id);
    for (const auto& [id, one] : ended_) {
      if (!there.contains(id)) listed.push_back(one.vm);
    }
  }

  [[nodiscard]] std::string state_now(const model::Vm& vm) const {
    const auto one = ended_.find(vm.id);
    if (one == ended_.end()) return state_of(vm);
    const Duration age = world_.clock().mono() - one->second.at;
    return age < shutting_down ? "shutting-down" : "terminated";
  }

  [[nodiscard]] http::Response page_of(const std::vector<model::Vm>& vms, const Form& form) const {
    const auto number = [&](const char* key, std::size_t otherwise) {
      const std::string text = value_of(form, key);
      std::from_chars(text.data(), text.data() + text.size(), otherwise);
      return otherwise;
    };
    const std::size_t from = number("NextToken", 0);
    const std::size_t end = std::min(vms.size(), from + number("MaxResults", 1000));
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("DescribeInstancesResponse");
    pugi::xml_node set = root.append_child("reservationSet");
    for (std::size_t i = from; i < end; ++i) {
      add_instance(set.append_child("item").append_child("instancesSet"), vms[i],
                   state_now(vms[i]));
    }
    if (end < vms.size()) add(root, "nextToken", std::to_string(end));
    return {200, {}, text_of(document)};
  }

  // EC2 ends what has ended as often as it is told to.
  void terminate(act::Provider& account, const VmId& id, Answer answer) {
    if (const auto one = ended_.find(id); one != ended_.end()) {
      return answer(changed("TerminateInstances", id, state_now(one->second.vm)));
    }
    const auto server = cloud_.servers().find(id);
    const model::Vm vm = server != cloud_.servers().end() ? server->second.vm : model::Vm();
    account.destroy(id, [this, id, vm, answer = std::move(answer)](const Status& done) {
      if (!done.ok()) return answer(refusal(done.error()));
      if (!vm.id.empty()) ended_[id] = {vm, world_.clock().mono()};
      answer(changed("TerminateInstances", id, vm.id.empty() ? "running" : state_of(vm)));
    });
  }

  // Only what runs is rebooted, and only what is stopped is started.
  void restart(act::Provider& account, const VmId& id, const std::string& action, Answer answer) {
    const auto server = cloud_.servers().find(id);
    const bool starts = action == "StartInstances";
    if (server != cloud_.servers().end() &&
        starts != (server->second.vm.power == model::Power::stopped)) {
      return answer(refusal(400, "IncorrectInstanceState",
                            "The instance '" + id.str() + "' is not in a state for it."));
    }
    account.reboot(id, [id, starts, answer = std::move(answer)](const Status& done) {
      if (!done.ok()) return answer(refusal(done.error()));
      if (starts) return answer(changed("StartInstances", id, "stopped"));
      pugi::xml_document document;
      add(document.append_child("RebootInstancesResponse"), "return", "true");
      answer({200, {}, text_of(document)});
    });
  }

  static http::Response changed(const std::string& action, const VmId& id,
                                const std::string& before) {
    pugi::xml_document document;
    pugi::xml_node item = document.append_child((action + "Response").c_str())
                              .append_child("instancesSet")
                              .append_child("item");
    add(item, "instanceId", id.str());
    add(item.append_child("previousState"), "name", before);
    return {200, {}, text_of(document)};
  }

  SimLoop& world_;
  SimProvider& cloud_;
  const std::vector<std::string> regions_;
  std::map<std::pair<std::string, std::string>, TokenBucket> buckets_;  // by region and action
  std::set<std::string> tokens_;                                        // of launches
  struct Ended {
    model::Vm vm;
    MonoTime at{};
  };
  std::map<VmId, Ended> ended_;
  Meter meter_;
};

}  // namespace

std::unique_ptr<Front> make_ec2_front(SimLoop& world, SimProvider& cloud,
                                      std::vector<std::string> regions) {
  return std::make_unique<Ec2Front>(world, cloud, std::move(regions));
}

}  // namespace edgeherd::sim
