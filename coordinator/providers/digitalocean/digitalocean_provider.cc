#include "coordinator/providers/digitalocean/digitalocean_provider.h"

#include <utility>

#include "common/os/asio_loop.h"
#include "coordinator/providers/digitalocean/access.h"
#include "coordinator/providers/digitalocean/answer.h"
#include "coordinator/providers/digitalocean/creations.h"
#include "coordinator/providers/digitalocean/order.h"
#include "coordinator/providers/digitalocean/pages.h"

namespace edgeherd::digitalocean {

namespace {

constexpr Duration action_poll = 2s;

using Listed = Result<std::vector<model::Vm>>;

class DigitalOceanProvider final : public act::Provider {
  using Finished = std::function<void(Status)>;

 public:
  DigitalOceanProvider(Options options, EventLoop& loop,
                       std::shared_ptr<budget::AccountBudget> budget, TokenSource token,
                       Transport transport)
      : options_(std::move(options)),
        loop_(loop),
        api_({options_.access.api_url, options_.access.timeout, std::move(token)},
             std::move(budget), std::move(transport)),
        creations_(options_, api_, loop) {}

  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override {
    creations_.create(std::move(request), [this, done = std::move(done)](Result<model::Vm> made) {
      if (made) choose_health_address(*made);
      done(std::move(made));
    });
  }

  void destroy(VmId vm, std::function<void(Status)> done) override {
    const budget::Call call = api_.begin(budget::Kind::change);
    if_ours(call, vm, std::move(done),
            [this, call, vm](const model::Vm&, const Finished& finished) {
              api_.send(call, {"DELETE", "/v2/droplets/" + vm.str()},
                        [finished](const Result<std::string>& body) {
                          finished(body ? Status() : Status(body.error()));
                        });
            });
  }

  void reboot(VmId vm, std::function<void(Status)> done) override {
    const budget::Call call = api_.begin(budget::Kind::change);
    if_ours(call, vm, std::move(done),
            [this, call, vm](const model::Vm& found, const Finished& finished) {
              restart(call, vm, found.power, finished);
            });
  }

  void list(std::function<void(Listed)> done) override {
    Pages<model::Vm>::read(api_, api_.begin(budget::Kind::look), "/v2/droplets", parse_droplets,
                           shown_, [this, done = std::move(done)](Listed listed) {
                             if (!listed) return done(listed.error());
                             for (model::Vm& vm : *listed) choose_health_address(vm);
                             done(std::move(listed));
                           });
  }

  void images(std::function<void(Result<std::vector<act::Image>>)> done) override {
    const std::string which =
        options_.image_tag.empty() ? "private=true" : "tag_name=" + options_.image_tag;
    Pages<CloudImage>::read(api_, api_.begin(budget::Kind::look), "/v2/images?" + which,
                            parse_images,
                            [done = std::move(done)](Result<std::vector<CloudImage>> listed) {
                              if (!listed) return done(listed.error());
                              std::vector<act::Image> usable;
                              for (CloudImage& image : *listed) {
                                if (image.available()) usable.push_back(std::move(image.image));
                              }
                              done(std::move(usable));
                            });
  }

 private:
  // Asks for the droplet first: what does not carry the fleet's tag is never touched, whoever says
  // its id.
  void if_ours(const budget::Call& call, const VmId& vm, Finished done,
               std::function<void(const model::Vm&, Finished)> deed) {
    if (!is_droplet_id(vm.str())) {
      return later(Duration{}, [done = std::move(done), vm] {
        done(fail(Errc::not_found, "\"" + vm.str() + "\" is no droplet's id"));
      });
    }
    api_.send(call, {"GET", "/v2/droplets/" + vm.str()},
              [vm, fleet = options_.fleet, done = std::move(done),
               deed = std::move(deed)](const Result<std::string>& body) {
                const Result<model::Vm> found = body ? parse_droplet(*body) : body.error();
                if (!found) return done(found.error());
                if (found->fleet.empty() || found->fleet != fleet) {
                  const std::string tag =
                      found->fleet.empty() ? "no tag of a fleet" : "the tag of " + found->fleet;
                  return done(fail(Errc::refused,
                                   "droplet " + vm.str() + " carries " + tag + ": not touched"));
                }
                deed(*found, done);
              });
  }

  // One that is off takes no reboot.
  void restart(const budget::Call& call, const VmId& vm, model::Power power,
               const Finished& finished) {
    const MonoTime end = loop_.clock().mono() + options_.reboot_patience;
    const bool is_off = power == model::Power::stopped;
    act_on(call, vm, is_off ? "power_on" : "reboot",
           [this, call, vm, end, finished](const Result<Action>& action) {
             if (!action) return finished(action.error());
             // From here on it may have been done, whatever the cloud says to what is asked next.
             watch(call, vm, *action, end, [finished](const Status& status) {
               if (status) return finished(status);
               finished(fail(Errc::unavailable, "accepted, but: " + status.error().message));
             });
           });
  }

  void act_on(const budget::Call& call, const VmId& vm, std::string_view type,
              std::function<void(Result<Action>)> done) {
    api_.send(call, {"POST", "/v2/droplets/" + vm.str() + "/actions", action_body(type)},
              [done = std::move(done)](const Result<std::string>& body) {
                done(body ? parse_action(*body) : body.error());
              });
  }

  // A droplet that does not follow the reboot has its power cycled.
  void watch(const budget::Call& call, const VmId& vm, const Action& action, MonoTime end,
             Finished done) {
    if (action.state == ActionState::completed) return done({});
    if (action.state == ActionState::errored || loop_.clock().mono() >= end) {
      return act_on(call, vm, "power_cycle",
                    [done = std::move(done)](const Result<Action>& cycled) {
                      done(cycled ? Status() : Status(cycled.error()));
                    });
    }
    later(action_poll, [this, call, vm, id = action.id, end, done = std::move(done)] {
      api_.send(call, {"GET", "/v2/droplets/" + vm.str() + "/actions/" + id},
                [this, call, vm, end, done](const Result<std::string>& body) {
                  const Result<Action> seen = body ? parse_action(*body) : body.error();
                  if (!seen) return done(seen.error());
                  watch(call, vm, *seen, end, done);
                });
    });
  }

  void choose_health_address(model::Vm& vm) const {
    if (options_.health_by == HealthBy::public_address) vm.private_address.clear();
  }

  void later(Duration delay, std::function<void()> work) {
    loop_.after(delay, [weak = std::weak_ptr(alive_), work = std::move(work)] {
      if (weak.lock()) work();
    });
  }

  const Options options_;
  EventLoop& loop_;
  Api api_;
  Creations creations_;
  std::shared_ptr<Shown> shown_ = std::make_shared<Shown>();
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace

std::unique_ptr<act::Provider> make_digitalocean_provider(
    Options options, EventLoop& loop, std::shared_ptr<budget::AccountBudget> budget,
    TokenSource token, Transport transport) {
  return std::make_unique<DigitalOceanProvider>(std::move(options), loop, std::move(budget),
                                                std::move(token), std::move(transport));
}

std::unique_ptr<act::Provider> make_digitalocean_provider(Options options, os::AsioLoop& loop,
                                                          budget::Accounts& accounts) {
  auto budget = accounts.of(account_of(options.access), options.access.limits);
  Transport transport = transport_of(options.access, loop);
  TokenSource token = endpoint_of(options.access).token;
  return make_digitalocean_provider(std::move(options), static_cast<EventLoop&>(loop),
                                    std::move(budget), std::move(token), std::move(transport));
}

}  // namespace edgeherd::digitalocean
