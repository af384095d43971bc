#include "coordinator/providers/digitalocean/creations.h"

#include <algorithm>
#include <utility>

#include "coordinator/providers/digitalocean/answer.h"
#include "coordinator/providers/digitalocean/pages.h"

namespace edgeherd::digitalocean {

namespace {

constexpr Duration first_look = 500ms;  // after an unclear request; doubles

Template template_for(const Options& options, const std::string& place) {
  Template made{options.size, options.ssh_keys, "", options.tags};
  if (const auto vpc = options.vpcs.find(place); vpc != options.vpcs.end()) made.vpc = vpc->second;
  return made;
}

}  // namespace

struct Creations::Order {
  act::CreateRequest request;
  budget::Call call;
  Template made_from;
  std::vector<Done> waiting;
  MonoTime look_until{};
  Duration next_look = first_look;
  ImageId image;  // that was found, at
  MonoTime image_known{};
  bool refused_before = false;
};

Creations::Creations(const Options& options, Api& api, EventLoop& loop)
    : options_(options), api_(api), loop_(loop), images_(options, api, loop) {}

void Creations::create(act::CreateRequest request, Done done) {
  if (const auto known = under_way_.find(request.node); known != under_way_.end()) {
    return known->second->waiting.push_back(std::move(done));
  }
  Template made_from = template_for(options_, request.place);
  if (auto good = check_create(request, made_from); !good) {
    return loop_.post([weak = std::weak_ptr(alive_), done = std::move(done), good] {
      if (weak.lock()) done(good.error());
    });
  }
  auto order = std::make_shared<Order>();
  order->request = std::move(request);
  order->call = api_.begin(budget::Kind::change);
  order->made_from = std::move(made_from);
  order->waiting.push_back(std::move(done));
  under_way_.emplace(order->request.node, order);
  look(order, order->call, [this, order](const Result<std::vector<model::Vm>>& found) {
    if (!found) return finish(order, found.error());
    if (!found->empty()) return finish(order, found->front());
    find_image(order);
  });
}

// Droplets of the intent, the oldest first.
void Creations::look(const OrderPtr& order, const budget::Call& call, Looked looked) {
  const std::string tag = std::string(node_prefix) + order->request.node.str();
  Pages<model::Vm>::read(
      api_, call, "/v2/droplets?tag_name=" + tag, parse_droplets,
      [order, looked = std::move(looked)](Result<std::vector<model::Vm>> listed) {
        // A tag that nothing ever had may be said not to exist.
        if (!listed && listed.error().code == Errc::not_found) listed = std::vector<model::Vm>();
        if (!listed) return looked(listed.error());
        std::erase_if(*listed, [&](const model::Vm& vm) {
          return vm.node != order->request.node || vm.fleet != order->request.fleet;
        });
        std::sort(listed->begin(), listed->end(),
                  [](const model::Vm& a, const model::Vm& b) { return a.created < b.created; });
        looked(std::move(listed));
      });
}

void Creations::find_image(const OrderPtr& order) {
  images_.find(order->request.image, order->request.place,
               [this, order](const Result<ImageId>& image) {
                 if (!image) return finish(order, image.error());
                 order->image = *image;
                 order->image_known = loop_.clock().mono();
                 place(order);
               });
}

void Creations::place(const OrderPtr& order) {
  api_.send(order->call,
            {"POST", "/v2/droplets", create_body(order->request, order->made_from, order->image)},
            [this, order](const Result<std::string>& body) {
              Result<model::Vm> made = body ? parse_droplet(*body) : body.error();
              if (made) return finish(order, made);
              if (surely_not_done(made.error().code)) return refused(order, made.error());
              order->look_until = loop_.clock().mono() + options_.settle;
              settle(order, made.error());
            });
}

// It may be the image that is gone, or was never there: another one is tried, once.
void Creations::refused(const OrderPtr& order, const Error& error) {
  if (order->refused_before) return finish(order, error);
  order->refused_before = true;
  images_.find_instead(order->request.image, order->request.place, order->image_known, error,
                       [this, order, error](const Result<ImageId>& image) {
                         if (!image) return finish(order, image.error());
                         if (*image == order->image) return finish(order, error);
                         order->image = *image;
                         place(order);
                       });
}

// Looks for the droplet of an unclear request now and then, to the end of the window.
void Creations::settle(const OrderPtr& order, Error unclear) {
  const MonoTime now = loop_.clock().mono();
  if (now >= order->look_until) {
    unclear.message += "; no droplet of the intent is listed, it may still come";
    return finish(order, unclear);
  }
  const MonoTime when = std::min(now + order->next_look, order->look_until);
  order->next_look *= 2;
  loop_.at(when, [this, weak = std::weak_ptr(alive_), order, unclear = std::move(unclear)] {
    if (!weak.lock()) return;
    // To look changes nothing, and so has its own time.
    const budget::Call call = api_.begin(budget::Kind::change);
    look(order, call, [this, order, unclear](const Result<std::vector<model::Vm>>& found) {
      if (found && !found->empty()) return finish(order, found->front());
      settle(order, unclear);
    });
  });
}

void Creations::finish(const OrderPtr& order, const Result<model::Vm>& result) {
  under_way_.erase(order->request.node);
  for (const Done& done : order->waiting) done(result);
}

}  // namespace edgeherd::digitalocean
