// Reads every page of a list, or fails: never a part. Whatever comes and goes meanwhile, no entry
// that was there all the while is missing (page_walk.h). The entries' id_of() tells them apart; they
// come in no certain order.
//
// A list of which a `Shown` is kept is read for the cost of its pages, and not begun while the
// account's budget has no room for them. Thread: the loop's; the Api outlives the reading, or drops
// it.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/providers/digitalocean/answer.h"
#include "coordinator/providers/digitalocean/api.h"
#include "coordinator/providers/digitalocean/page_walk.h"

namespace edgeherd::digitalocean {

[[nodiscard]] inline const std::string& id_of(const model::Vm& vm) {
  return vm.id.str();
}
[[nodiscard]] inline const std::string& id_of(const CloudImage& image) {
  return image.image.id.str();
}
[[nodiscard]] inline const std::string& id_of(const ImageAction& action) {
  return action.id;
}

template <class T>
class Pages : public std::enable_shared_from_this<Pages<T>> {
 public:
  using Parse = std::function<Result<Page<T>>(std::string_view body, std::string_view path)>;
  using Done = std::function<void(Result<std::vector<T>>)>;

  // `target` is the list's, with what it is narrowed to: "/v2/droplets?tag_name=x". `shown` may be
  // null.
  static void read(Api& api, const budget::Call& call, std::string target, Parse parse,
                   std::shared_ptr<Shown> shown, Done done) {
    auto pages = std::make_shared<Pages>(api, call, std::move(target), std::move(parse),
                                         std::move(shown), std::move(done));
    pages->begin();
  }
  static void read(Api& api, const budget::Call& call, std::string target, Parse parse, Done done) {
    read(api, call, std::move(target), std::move(parse), nullptr, std::move(done));
  }

  Pages(Api& api, const budget::Call& call, std::string target, Parse parse,
        std::shared_ptr<Shown> shown, Done done)
      : api_(api),
        call_(call),
        target_(std::move(target)),
        parse_(std::move(parse)),
        shown_(std::move(shown)),
        walk_(shown_ ? *shown_ : Shown(),
              shown_ ? PageWalk::Remembers::the_last : PageWalk::Remembers::nothing),
        done_(std::move(done)) {}

 private:
  void begin() {
    items_.clear();
    ids_.clear();
    ask(walk_.pages());
  }

  // `together`: as a call has it.
  void ask(std::size_t together) {
    budget::Call call = call_;
    call.together = together;
    std::string target = target_ + (target_.find('?') == std::string::npos ? "?" : "&") +
                         "per_page=" + std::to_string(entries_of_page);
    if (walk_.page() > 1) target += "&page=" + std::to_string(walk_.page());
    api_.send(call, {"GET", std::move(target)},
              [self = this->shared_from_this()](Result<std::string> body) {
                if (!body) return self->done_(body.error());
                self->take(*body);
              });
  }

  void take(const std::string& body) {
    const std::string name = name_of({"GET", target_});
    auto page = parse_(body, path());
    if (!page) return done_(page.error().within(name));
    PageSeen seen{{}, page->total, !page->next.empty()};
    for (const T& item : page->items) seen.ids.push_back(id_of(item));
    const auto step = walk_.take(seen);
    if (!step) return done_(step.error().within(name));
    if (*step == PageWalk::Step::anew) return begin();
    for (T& item : page->items) {
      if (ids_.insert(id_of(item)).second) items_.push_back(std::move(item));
    }
    if (*step == PageWalk::Step::on) return ask(1);
    if (shown_) *shown_ = walk_.shown();
    done_(std::move(items_));
  }

  [[nodiscard]] std::string path() const { return target_.substr(0, target_.find('?')); }

  Api& api_;
  budget::Call call_;
  std::string target_;
  Parse parse_;
  std::shared_ptr<Shown> shown_;
  PageWalk walk_;
  Done done_;
  std::vector<T> items_;
  std::set<std::string> ids_;  // theirs
};

}  // namespace edgeherd::digitalocean
