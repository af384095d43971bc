// All pages of all regions of one question, or an error: never a part of the answer.
//
// Thread: the loop's. The regions outlive the call, or `done` is not called.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/providers/aws/ec2.h"

namespace edgeherd::aws {

// More pages than any account has: a cloud that always names another one is broken.
inline constexpr int most_pages = 1000;

[[nodiscard]] inline const std::string& id_of(const Instance& instance) {
  return instance.vm.id.str();
}
[[nodiscard]] inline const std::string& id_of(const CloudImage& image) {
  return image.image.id.str();
}

template <class T>
class Collection : public std::enable_shared_from_this<Collection<T>> {
 public:
  using Request = std::function<Parameters(const std::string& next)>;
  using Read = std::function<Result<Page<T>>(std::string_view)>;
  using Done = std::function<void(Result<std::vector<T>>)>;

  Collection(std::string action, Request request, Read read, Done done)
      : action_(std::move(action)),
        request_(std::move(request)),
        read_(std::move(read)),
        done_(std::move(done)) {}

  void start(const std::vector<std::unique_ptr<Ec2>>& regions) {
    open_ = regions.size();
    for (const auto& region : regions) ask(*region, {}, 1);
  }
  void start(Ec2& region) {
    open_ = 1;
    ask(region, {}, 1);
  }

 private:
  void ask(Ec2& region, const std::string& next, int page) {
    region.ask(action_, request_(next),
               [self = this->shared_from_this(), &region, next, page](const Ec2::Answer& answer) {
                 self->take(region, answer, next, page);
               });
  }

  void take(Ec2& region, const Ec2::Answer& answer, const std::string& asked, int number) {
    if (!done_) return;  // another region has failed
    if (answer.refusal) return end(answer.refusal->error);
    const std::string context = region.region().name + ": " + action_;
    auto page = read_(answer.body);
    if (!page) return end(page.error().within(context));
    for (T& item : page->items) {
      if (!seen_.insert(id_of(item)).second) {
        return end(fail(Errc::broken, context + ": " + id_of(item) + " is listed twice"));
      }
      found_.push_back(std::move(item));
    }
    if (!page->next.empty()) {
      if (page->next == asked || number == most_pages) {
        return end(fail(Errc::broken, context + ": the pages never end"));
      }
      return ask(region, page->next, number + 1);
    }
    if (--open_ == 0) end(std::move(found_));
  }

  void end(Result<std::vector<T>> result) {
    const Done done = std::move(done_);
    done_ = nullptr;
    done(std::move(result));
  }

  const std::string action_;
  const Request request_;
  const Read read_;
  Done done_;
  std::size_t open_ = 0;
  std::set<std::string> seen_;
  std::vector<T> found_;
};

// `regions` is not empty.
template <class T>
void collect(const std::vector<std::unique_ptr<Ec2>>& regions, const std::string& action,
             typename Collection<T>::Request request, typename Collection<T>::Read read,
             typename Collection<T>::Done done) {
  std::make_shared<Collection<T>>(action, std::move(request), std::move(read), std::move(done))
      ->start(regions);
}

// Of one region alone.
template <class T>
void collect(Ec2& region, const std::string& action, typename Collection<T>::Request request,
             typename Collection<T>::Read read, typename Collection<T>::Done done) {
  std::make_shared<Collection<T>>(action, std::move(request), std::move(read), std::move(done))
      ->start(region);
}

}  // namespace edgeherd::aws
