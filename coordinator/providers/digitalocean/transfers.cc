#include "coordinator/providers/digitalocean/transfers.h"

#include <utility>

#include "coordinator/providers/digitalocean/order.h"
#include "coordinator/providers/digitalocean/pages.h"

namespace edgeherd::digitalocean {

namespace {

std::string key_of(const CloudImage& image, const std::string& region) {
  return image.image.id.str() + " " + region;
}

std::string actions_of(const CloudImage& image) {
  return "/v2/images/" + image.image.id.str() + "/actions";
}

}  // namespace

Transfers::Transfers(Api& api, EventLoop& loop)
    : api_(api), loop_(loop), turns_(loop), recent_(loop, images::lookup_kept) {}

void Transfers::want(const CloudImage& image, const std::string& region,
                     std::function<void(const std::string&)> done) {
  recent_.ask(
      key_of(image, region),
      [this, image, region](Stands answer) { look(image, region, std::move(answer)); },
      [image, region, done = std::move(done)](const Result<std::string>& stands) {
        if (stands) return done(*stands);
        done("image " + images::title_of(image.image) + " is not in " + region +
             ", and whether it is on its way is not known: " + stands.error().message);
      });
}

void Transfers::look(const CloudImage& image, const std::string& region, Stands done) {
  Pages<ImageAction>::read(
      api_, api_.begin(budget::Kind::change), actions_of(image), parse_image_actions,
      [this, image, region,
       done = std::move(done)](const Result<std::vector<ImageAction>>& actions) {
        if (!actions) return done(actions.error());
        decide(image, region, *actions, done);
      });
}

void Transfers::decide(const CloudImage& image, const std::string& region,
                       const std::vector<ImageAction>& actions, const Stands& done) {
  const std::string key = key_of(image, region);
  for (const ImageAction& action : actions) {
    if (action.type != "transfer" || action.region != region) continue;
    if (action.state == ActionState::in_progress) {
      return done(images::on_its_way(images::title_of(image.image), region, action.started));
    }
    turns_.ended(key, action.id,
                 "transfer " + action.id +
                     (action.state == ActionState::errored
                          ? " has failed"
                          : " has ended, but the image is not shown there yet"));
  }
  if (!turns_.take(key)) return done(turns_.not_copied(key, images::title_of(image.image), region));
  ask(image, region, done);
}

void Transfers::ask(const CloudImage& image, const std::string& region, const Stands& done) {
  api_.send(
      api_.begin(budget::Kind::change), {"POST", actions_of(image), transfer_body(region)},
      [this, alive = std::weak_ptr(alive_), image, region, done](const Result<std::string>& body) {
        if (alive.expired()) return;
        const std::string key = key_of(image, region);
        const Result<Action> action = body ? parse_action(*body) : body.error();
        if (action) {
          turns_.failed(key, "");
          return done(
              images::on_its_way(images::title_of(image.image), region, loop_.clock().wall()));
        }
        turns_.failed(key, action.error().message);
        done(turns_.not_copied(key, images::title_of(image.image), region));
      });
}

}  // namespace edgeherd::digitalocean
