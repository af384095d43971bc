// Digital Ocean's API before a simulated account.
#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/json.hpp>

#include "common/core/utc.h"
#include "coordinator/providers/digitalocean/digitalocean_provider.h"
#include "coordinator/providers/digitalocean/order.h"
#include "coordinator/sim/front/front.h"

namespace edgeherd::sim {

namespace {

namespace json = boost::json;
using Answer = std::function<void(http::Response)>;

constexpr std::size_t per_minute = 250;
constexpr std::size_t per_hour = 5000;
constexpr std::size_t most_per_page = 200;
constexpr std::uint64_t first_droplet = 400'000'000;
constexpr int image_number = 1;  // the one that there is
constexpr std::string_view droplets = "/v2/droplets";

int status_of(Errc code) {
  switch (code) {
    case Errc::throttled:
      return 429;
    case Errc::not_found:
      return 404;
    case Errc::out_of_stock:
      return 422;
    case Errc::refused:
      return 401;
    default:
      return 503;
  }
}

http::Response refusal(const Error& error) {
  return http::json_response(
      status_of(error.code),
      json::serialize(json::object{
          {"id", error.code == Errc::not_found ? "not_found" : "error"},
          {"message", error.code == Errc::out_of_stock ? "the size is not available in this region"
                                                       : error.message}}));
}

json::object droplet_of(const model::Vm& vm) {
  namespace tags = digitalocean;
  json::array networks;
  if (!vm.address.empty()) {
    networks.push_back({{"type", "public"}, {"ip_address", vm.address}});
  }
  json::array tagged;
  const auto tag = [&](std::string_view prefix, const std::string& value) {
    if (!value.empty()) tagged.emplace_back(std::string(prefix) + value);
  };
  tag(tags::fleet_prefix, vm.fleet);
  tag(tags::node_prefix, vm.node.str());
  tag(tags::image_prefix, vm.image.str());
  return {{"id", std::stoll(vm.id.str())},
          {"created_at", utc_text(vm.created)},
          {"status", vm.power == model::Power::stopped ? "off" : "active"},
          {"region", {{"slug", vm.place}}},
          {"image", {{"id", image_number}}},
          {"networks", {{"v4", std::move(networks)}}},
          {"tags", std::move(tagged)}};
}

std::size_t number(std::string_view text, std::size_t otherwise) {
  std::size_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// One page of the droplets. A list that lacks something says a total that it does not have.
http::Response page_of(const std::vector<model::Vm>& vms, const http::Request& asked,
                       std::size_t total) {
  const std::size_t size = std::min(number(asked.query_value("per_page"), 20), most_per_page);
  const std::size_t page = std::max<std::size_t>(1, number(asked.query_value("page"), 1));
  json::array shown;
  for (std::size_t i = (page - 1) * size; i < std::min(vms.size(), page * size); ++i) {
    shown.push_back(droplet_of(vms[i]));
  }
  json::object body{{"droplets", std::move(shown)}, {"meta", {{"total", total}}}};
  if (page * size < vms.size()) {
    const std::string tag(asked.query_value("tag_name"));
    body["links"] = {{"pages",
                      {{"next", "https://api.digitalocean.com" + std::string(droplets) + "?page=" +
                                    std::to_string(page + 1) + "&per_page=" + std::to_string(size) +
                                    (tag.empty() ? "" : "&tag_name=" + tag)}}}};
  }
  return http::json_response(200, json::serialize(body));
}

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<act::CreateRequest> order_in(const std::string& body) {
  boost::system::error_code broken;
  const json::value value = json::parse(body, broken);
  if (broken || !value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  act::CreateRequest order;
  order.node = NodeId(text_at(object, "name"));
  order.place = text_at(object, "region");
  order.size = text_at(object, "size");
  order.image = ImageId(text_at(object, "image"));
  order.user_data = text_at(object, "user_data");
  const json::value* tags = object.if_contains("tags");
  for (const json::value& tag :
       tags != nullptr && tags->is_array() ? tags->get_array() : json::array()) {
    const std::string text = tag.is_string() ? std::string(tag.get_string()) : std::string();
    if (text.starts_with(digitalocean::fleet_prefix)) {
      order.fleet = text.substr(digitalocean::fleet_prefix.size());
    }
  }
  return order;
}

class DigitalOceanFront final : public Front {
 public:
  DigitalOceanFront(SimLoop& world, SimProvider& cloud) : world_(world), cloud_(cloud) {
    cloud.weather().address_in_list_only = true;
    cloud.name_servers([](std::uint64_t number) { return std::to_string(first_droplet + number); });
  }

  std::unique_ptr<act::Provider> connect(EventLoop& process) override {
    const std::shared_ptr<act::Provider> account = cloud_.connect(process);
    digitalocean::Options options;
    options.fleet = simulated_fleet;
    return digitalocean::make_digitalocean_provider(
        std::move(options), process,
        std::make_shared<budget::AccountBudget>(process, budget::Limits{}),
        [] { return Result<std::string>("simulated"); },
        within_deadline(process,
                        [this, account](const http::ClientRequest& request, Answer answer) {
                          serve(*account, request, std::move(answer));
                        }));
  }
  const Meter& meter() const override { return meter_; }

 private:
  void serve(act::Provider& account, const http::ClientRequest& request, Answer answer) {
    meter_.count(world_.clock().mono());
    Answer headed = [this, answer = std::move(answer)](http::Response response) {
      add_headers(response);
      answer(std::move(response));
    };
    if (meter_.last_minute() > per_minute || meter_.last_hour() > per_hour) {
      meter_.refuse();
      return headed(refusal(fail(Errc::throttled, "API rate limit exceeded")));
    }
    http::Request asked;
    if (const Status good = http::parse_target(request.url, asked); !good) {
      return headed(refusal(good.error()));
    }
    asked.method = request.method;
    asked.body = request.body;
    route(account, asked, std::move(headed));
  }

  void route(act::Provider& account, const http::Request& asked, Answer answer) const {
    if (asked.path == droplets) {
      return asked.method == "POST" ? create(account, asked, std::move(answer))
                                    : list(account, asked, std::move(answer));
    }
    if (!asked.path.starts_with(std::string(droplets) + "/")) {
      return answer(refusal(fail(Errc::not_found, "not found")));
    }
    const std::string rest = asked.path.substr(droplets.size() + 1);
    const VmId id(rest.substr(0, rest.find('/')));
    if (asked.method == "POST") return order(account, id, asked, std::move(answer));
    if (asked.method == "DELETE") return destroy(account, id, std::move(answer));
    show(account, id, std::move(answer));
  }

  static void create(act::Provider& account, const http::Request& asked, Answer answer) {
    auto order = order_in(asked.body);
    if (!order) return answer(refusal(fail(Errc::refused, "no order")));
    account.create(std::move(*order), [answer = std::move(answer)](const Result<model::Vm>& made) {
      if (!made.ok()) return answer(refusal(made.error()));
      answer(
          http::json_response(202, json::serialize(json::object{{"droplet", droplet_of(*made)}})));
    });
  }

  static void list(act::Provider& account, const http::Request& asked, Answer answer) {
    account.list([asked, answer = std::move(answer)](Result<std::vector<model::Vm>> listed) {
      // Pages that do not agree: a total that there is not.
      const bool broken = !listed.ok() && listed.error().code == Errc::broken;
      if (!listed.ok() && !broken) return answer(refusal(listed.error()));
      std::vector<model::Vm> vms = broken ? std::vector<model::Vm>() : std::move(*listed);
      const std::string_view tag = asked.query_value("tag_name");
      if (!tag.empty()) {
        std::erase_if(vms, [&](const model::Vm& vm) {
          return std::string(digitalocean::node_prefix) + vm.node.str() != tag;
        });
      }
      answer(page_of(vms, asked, broken ? 1 : vms.size()));
    });
  }

  static void show(act::Provider& account, const VmId& id, Answer answer) {
    account.list([id, answer = std::move(answer)](const Result<std::vector<model::Vm>>& listed) {
      if (!listed.ok()) return answer(refusal(listed.error()));
      for (const model::Vm& vm : *listed) {
        if (vm.id != id) continue;
        return answer(
            http::json_response(200, json::serialize(json::object{{"droplet", droplet_of(vm)}})));
      }
      answer(refusal(fail(Errc::not_found, "no droplet " + id.str())));
    });
  }

  static void destroy(act::Provider& account, const VmId& id, Answer answer) {
    account.destroy(id, [answer = std::move(answer)](const Status& done) {
      answer(done.ok() ? http::Response{204, {}, ""} : refusal(done.error()));
    });
  }

  // An action: to restart a droplet that is on, or to turn one on that is off.
  void order(act::Provider& account, const VmId& id, const http::Request& asked,
             Answer answer) const {
    boost::system::error_code broken;
    const json::value body = json::parse(asked.body, broken);
    const std::string type = !broken && body.is_object() ? text_at(body.get_object(), "type") : "";
    const auto server = cloud_.servers().find(id);
    const bool is_off =
        server != cloud_.servers().end() && server->second.vm.power == model::Power::stopped;
    if (is_off && type != "power_on") {
      return answer(http::json_response(
          422, json::serialize(json::object{{"id", "unprocessable_entity"},
                                            {"message", "Droplet is currently powered off."}})));
    }
    account.reboot(id, [answer = std::move(answer)](const Status& done) {
      if (!done.ok()) return answer(refusal(done.error()));
      answer(http::json_response(
          201, json::serialize(json::object{{"action", {{"id", 1}, {"status", "completed"}}}})));
    });
  }

  void add_headers(http::Response& response) const {
    const std::size_t left = per_hour - std::min(per_hour, meter_.last_hour());
    const Duration until = meter_.next_forgotten() - world_.clock().mono();
    response.headers.emplace_back("ratelimit-limit", std::to_string(per_hour));
    response.headers.emplace_back("ratelimit-remaining", std::to_string(left));
    response.headers.emplace_back(
        "ratelimit-reset", std::to_string(unix_millis(world_.clock().wall() + until) / 1000));
  }

  SimLoop& world_;
  SimProvider& cloud_;
  Meter meter_;
};

}  // namespace

std::unique_ptr<Front> make_digitalocean_front(SimLoop& world, SimProvider& cloud) {
  return std::make_unique<DigitalOceanFront>(world, cloud);
}

}  // namespace edgeherd::sim
