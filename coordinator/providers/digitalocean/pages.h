// Reads every page of a list, or fails: never a part.
//
// A list is whole when it has as many entries as every page of it says there are, and none twice.
// While servers come and go its pages may not fit together: then it is read again, a few times. The
// entries' id_of() tells them apart.
//
// One that goes and one that comes between two pages leave the total as it is, and may have moved
// an entry past both pages. A reader with a `Shown` is sure that what a list has shown stays in the
// later ones while it lives. For entries keep their order, and new ones come at one end of it: to
// be passed over so, one that was read must have gone, and one that came must have been read. So a
// reading of several pages that has something new, and lacks something, against the one before is
// read again, until that is not so. Thread: the loop's; the Api outlives the reading, or drops it.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/providers/digitalocean/answer.h"
#include "coordinator/providers/digitalocean/api.h"

namespace edgeherd::digitalocean {

inline constexpr int most_readings = 4;
inline constexpr int most_pages = 500;

[[nodiscard]] inline const std::string& id_of(const model::Vm& vm) {
  return vm.id.str();
}
[[nodiscard]] inline const std::string& id_of(const CloudImage& image) {
  return image.image.id.str();
}
[[nodiscard]] inline const std::string& id_of(const ImageAction& action) {
  return action.id;
}

// The ids of the newest list, from one call to the next.
struct Shown {
  std::optional<std::set<std::string>> ids;
};

template <class T>
class Pages : public std::enable_shared_from_this<Pages<T>> {
 public:
  using Parse = std::function<Result<Page<T>>(std::string_view body, std::string_view path)>;
  using Done = std::function<void(Result<std::vector<T>>)>;

  // `target` is the first page's: "/v2/droplets?per_page=200". `shown` may be null.
  static void read(Api& api, const budget::Call& call, std::string target, Parse parse,
                   std::shared_ptr<Shown> shown, Done done) {
    auto pages = std::make_shared<Pages>(api, call, std::move(target), std::move(parse),
                                         std::move(shown), std::move(done));
    pages->start();
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
        done_(std::move(done)) {}

 private:
  void start() {
    items_.clear();
    pages_ = 0;
    ++readings_;
    ask(target_);
  }

  void ask(std::string target) {
    ++pages_;
    api_.send(call_, {"GET", std::move(target)},
              [self = this->shared_from_this()](Result<std::string> body) {
                if (!body) return self->done_(body.error());
                self->take(*body);
              });
  }

  void take(const std::string& body) {
    const std::string name = name_of({"GET", target_});
    auto page = parse_(body, path());
    if (!page) return done_(page.error().within(name));
    // Something came or went between two pages, and may have moved an entry past both.
    if (pages_ > 1 && page->total != total_) {
      return again(name + ": a total of " + std::to_string(total_) + ", and on page " +
                   std::to_string(pages_) + " of " + std::to_string(page->total));
    }
    total_ = page->total;
    for (T& item : page->items) items_.push_back(std::move(item));
    if (!page->next.empty() && pages_ < most_pages) return ask(std::move(page->next));
    std::set<std::string> ids;
    for (const T& item : items_) ids.insert(id_of(item));
    if (page->next.empty() && ids.size() == items_.size() && items_.size() == page->total) {
      return whole(std::move(ids));
    }
    again(name + ": " + std::to_string(items_.size()) + " entries on " + std::to_string(pages_) +
          " pages, " + std::to_string(ids.size()) + " of them different, of a total of " +
          std::to_string(page->total));
  }

  void whole(std::set<std::string> ids) {
    if (shown_ && pages_ > 1 && !is_sure(ids)) {
      before_ = std::move(ids);
      return again(name_of({"GET", target_}) + ": entries come and go while it is read");
    }
    if (shown_) shown_->ids = std::move(ids);
    done_(std::move(items_));
  }

  [[nodiscard]] bool is_sure(const std::set<std::string>& ids) const {
    const auto& before = before_ ? before_ : shown_->ids;
    return before && (std::ranges::includes(*before, ids) || std::ranges::includes(ids, *before));
  }

  // From the first page, or it is broken for good.
  void again(std::string what) {
    if (readings_ < most_readings) return start();
    done_(fail(Errc::broken, std::move(what)));
  }

  [[nodiscard]] std::string path() const { return target_.substr(0, target_.find('?')); }

  Api& api_;
  budget::Call call_;
  std::string target_;
  Parse parse_;
  std::shared_ptr<Shown> shown_;
  std::optional<std::set<std::string>> before_;  // of this call's reading before
  Done done_;
  std::vector<T> items_;
  std::uint64_t total_ = 0;  // as the first page said
  int pages_ = 0;
  int readings_ = 0;
};

}  // namespace edgeherd::digitalocean
